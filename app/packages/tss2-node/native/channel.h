// openChannel(configuration) for JavaScript: an object with start, cancel and close, or a text that
// says why there is none. src/command-queue.ts calls start only after the former job is done.

#pragma once

#include "node_api.h"

namespace tss2node {

napi_value OpenChannel(napi_env env, napi_callback_info info);

} // namespace tss2node
