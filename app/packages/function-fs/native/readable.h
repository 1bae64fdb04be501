#pragma once

#include "node_api.h"

namespace functionfs {

/// watchReadable(fd, onReadable): an object with `close`, or an error number.
napi_value WatchReadable(napi_env env, napi_callback_info info);

} // namespace functionfs
