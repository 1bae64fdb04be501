#pragma once

#include "node_api.h"

namespace functionfs {

/// openTransfers(capacity, results, onDone): an object with `queue`, `submit`, `cancel` and
/// `close`, or an error number. See src/native.ts.
napi_value OpenTransfers(napi_env env, napi_callback_info info);

} // namespace functionfs
