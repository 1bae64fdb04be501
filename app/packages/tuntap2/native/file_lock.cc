// flock(2), which Node.js lacks: a lock that ends with its holder, however that ends, and that only
// those can take who can open the file.

#include "file_lock.h"

#include <sys/file.h>

#include <cerrno>

#include "arguments.h"
#include "values.h"

namespace tuntap2 {

napi_value TryLock(napi_env env, napi_callback_info info) {
    const addon::Arguments arguments(env, info);
    uint32_t fd = 0;
    if (!arguments.ReadNumber(0, &fd)) {
        return nullptr;
    }
    int result = 0;
    do {
        result = flock(static_cast<int>(fd), LOCK_EX | LOCK_NB);
    } while (result < 0 && errno == EINTR);
    return addon::Number(env, result < 0 ? errno : 0);
}

} // namespace tuntap2
