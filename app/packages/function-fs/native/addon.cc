// The addon's entry.

#include "node_api.h"

#include "readable.h"
#include "transfers.h"

NAPI_MODULE_INIT() {
    const napi_property_descriptor functions[] = {
        {"openTransfers", nullptr, functionfs::OpenTransfers, nullptr, nullptr, nullptr,
         napi_enumerable, nullptr},
        {"watchReadable", nullptr, functionfs::WatchReadable, nullptr, nullptr, nullptr,
         napi_enumerable, nullptr},
    };
    return napi_define_properties(env, exports, 2, functions) == napi_ok ? exports : nullptr;
}
