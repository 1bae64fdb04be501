// The methods of a device object as JavaScript sees them: argument checks and results, nothing
// else. They are declared in src/native-devices.ts.

#pragma once

#include "node_api.h"

namespace tuntap2 {

/// False with a pending exception on failure.
bool AddDeviceMethods(napi_env env, napi_value object);

} // namespace tuntap2
