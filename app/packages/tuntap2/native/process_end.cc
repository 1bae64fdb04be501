// Ends the process without waiting for the threads of libuv's pool, which `process.exit` joins.

#include "process_end.h"

#include <unistd.h>

#include "socket_values.h"

namespace tuntap2 {

napi_value EndProcess(napi_env env, napi_callback_info info) {
    const sockets::Arguments arguments(env, info);
    uint32_t status;
    if (arguments.ReadNumber(0, &status)) {
        _exit(static_cast<int>(status));
    }
    return nullptr;
}

} // namespace tuntap2
