// Calls from the event loop into JavaScript. Nothing can catch what such a function throws: it is
// an uncaught exception.

#pragma once

#include <cstddef>

#include "node_api.h"

namespace addon {

void Call(napi_env env, napi_value receiver, napi_value function, size_t count,
          const napi_value* arguments);

/// The function that a reference keeps, with one argument or none (nullptr). Does nothing when
/// there is no function any more.
void CallKept(napi_env env, napi_ref callback, napi_value argument);

} // namespace addon
