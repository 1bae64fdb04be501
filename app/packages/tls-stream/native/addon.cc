// The addon's entry. Nothing global is kept: the addon may be loaded in any number of worker
// threads, and what it opens belongs to the environment that opened it.

#include "node_api.h"

#include "context_object.h"
#include "session_methods.h"

NAPI_MODULE_INIT() {
    const napi_property_descriptor functions[] = {
        {"createContext", nullptr, tlsstream::CreateContext, nullptr, nullptr, nullptr,
         napi_default, nullptr},
        {"openSession", nullptr, tlsstream::OpenSession, nullptr, nullptr, nullptr, napi_default,
         nullptr},
    };
    return napi_define_properties(env, exports, 2, functions) == napi_ok ? exports : nullptr;
}
