// openChannel(configuration) for JavaScript: an object with start and close, or a text that says
// why there is none. src/command-queue.ts calls start only after the former job is done. A job
// cannot be cancelled: the TCTIs of devices and of swtpm cannot do it, and the others would do it
// on the event loop's thread, beside the worker that uses them.

#pragma once

#include "node_api.h"

namespace tss2node {

napi_value OpenChannel(napi_env env, napi_callback_info info);

} // namespace tss2node
