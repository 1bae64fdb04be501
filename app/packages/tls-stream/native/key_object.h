// The JavaScript object that owns a key of a provider.

#pragma once

#include "node_api.h"

#include "provider_key.h"

namespace tlsstream {

/// openProviderKey(provider, pem, passphrase, environment, onDone): see src/native.ts.
napi_value OpenProviderKey(napi_env env, napi_callback_info info);

/// Sets `home` and returns true for a key that is open; else nothing is thrown.
bool UnwrapKey(napi_env env, napi_value object, KeyHome** home);

} // namespace tlsstream
