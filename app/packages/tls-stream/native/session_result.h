// What became of a handshake or a session, as a JavaScript object.

#pragma once

#include "node_api.h"
#include "session.h"

namespace tlsstream {

/// See NativeResult in src/native.ts.
napi_value ResultOf(napi_env env, Session& session);

/// Fills NativeCounters of src/native.ts, in that order.
void CountersOf(Session& session, double* counters);
constexpr size_t kCounters = 7;

} // namespace tlsstream
