#include "callback.h"

namespace addon {

void Call(napi_env env, napi_value receiver, napi_value function, size_t count,
          const napi_value* arguments) {
    if (napi_make_callback(env, nullptr, receiver, function, count, arguments, nullptr) ==
        napi_pending_exception) {
        napi_value exception;
        napi_get_and_clear_last_exception(env, &exception);
        napi_fatal_exception(env, exception);
    }
}

void CallKept(napi_env env, napi_ref callback, napi_value argument) {
    napi_value function, global;
    if (napi_get_reference_value(env, callback, &function) == napi_ok && function != nullptr &&
        napi_get_global(env, &global) == napi_ok) {
        Call(env, global, function, argument == nullptr ? 0 : 1, &argument);
    }
}

} // namespace addon
