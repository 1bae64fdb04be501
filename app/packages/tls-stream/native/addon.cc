// The addon's entry. Nothing global is kept: the addon may be loaded in any number of worker
// threads, and what it opens belongs to the environment that opened it.

#include "node_api.h"

#include "context_object.h"
#include "key_object.h"
#include "session_methods.h"

namespace {

// Of what JavaScript sees; ../src/native.ts takes no other.
constexpr int32_t kInterfaceVersion = 3;

} // namespace

NAPI_MODULE_INIT() {
    napi_value version;
    if (napi_create_int32(env, kInterfaceVersion, &version) != napi_ok)
        return nullptr;
    const napi_property_descriptor surface[] = {
        {"createContext", nullptr, tlsstream::CreateContext, nullptr, nullptr, nullptr,
         napi_default, nullptr},
        {"closeContext", nullptr, tlsstream::CloseContext, nullptr, nullptr, nullptr, napi_default,
         nullptr},
        {"openProviderKey", nullptr, tlsstream::OpenProviderKey, nullptr, nullptr, nullptr,
         napi_default, nullptr},
        {"openSession", nullptr, tlsstream::OpenSession, nullptr, nullptr, nullptr, napi_default,
         nullptr},
        {"interfaceVersion", nullptr, nullptr, nullptr, nullptr, version, napi_default, nullptr},
    };
    constexpr size_t count = sizeof surface / sizeof *surface;
    return napi_define_properties(env, exports, count, surface) == napi_ok ? exports : nullptr;
}
