#include "sockets.h"

namespace tuntap2 {

bool RegisterSockets(napi_env, napi_value) { return true; }

} // namespace tuntap2
