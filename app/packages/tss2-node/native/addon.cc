// The addon's entry.

#include "node_api.h"

#include "channel.h"

NAPI_MODULE_INIT() {
    const napi_property_descriptor functions[] = {
        {"openChannel", nullptr, tss2node::OpenChannel, nullptr, nullptr, nullptr, napi_enumerable,
         nullptr},
    };
    return napi_define_properties(env, exports, 1, functions) == napi_ok ? exports : nullptr;
}
