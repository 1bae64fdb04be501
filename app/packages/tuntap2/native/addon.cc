// The addon's entry: each part registers its own functions and classes on `exports`.

#include "node_api.h"

#include "devices.h"
#include "sockets.h"

NAPI_MODULE_INIT() {
    if (!tuntap2::RegisterDevices(env, exports) || !tuntap2::RegisterSockets(env, exports)) {
        return nullptr;
    }
    return exports;
}
