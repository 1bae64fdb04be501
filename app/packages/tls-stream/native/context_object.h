// The JavaScript object that owns an SSL_CTX.

#pragma once

#include <openssl/ssl.h>

#include "node_api.h"

namespace tlsstream {

/// createContext(roots, certificate, key, ciphers, cipherSuites, groups, signatureAlgorithms,
/// minVersion, maxVersion): a context, or `{ option, code }`. See src/native.ts.
napi_value CreateContext(napi_env env, napi_callback_info info);

/// closeContext(context): what it has is free as soon as no session uses it.
napi_value CloseContext(napi_env env, napi_callback_info info);

/// nullptr with a pending exception for anything but a context.
SSL_CTX* UnwrapContext(napi_env env, napi_value object);

} // namespace tlsstream
