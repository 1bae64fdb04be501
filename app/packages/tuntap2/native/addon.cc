// The addon's entry: each part registers its own functions and classes on `exports`.

#include "node_api.h"

#include "devices.h"
#include "file_lock.h"
#include "kernel_clock.h"
#include "process_end.h"
#include "socket_values.h"
#include "sockets.h"

NAPI_MODULE_INIT() {
    if (!tuntap2::RegisterDevices(env, exports) || !tuntap2::RegisterSockets(env, exports) ||
        !tuntap2::sockets::AddMethods(env, exports,
                                      {{"endProcess", tuntap2::EndProcess},
                                       {"isClockSynchronized", tuntap2::IsClockSynchronized},
                                       {"tryLock", tuntap2::TryLock}})) {
        return nullptr;
    }
    return exports;
}
