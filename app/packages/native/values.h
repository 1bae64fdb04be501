// JavaScript values of what the native side has. nullptr is what an exception leaves behind.

#pragma once

#include <cstdint>
#include <cstring>

#include "node_api.h"

namespace addon {

inline napi_value Number(napi_env env, double value) {
    napi_value result = nullptr;
    napi_create_double(env, value, &result);
    return result;
}

inline napi_value Text(napi_env env, const char* value) {
    napi_value result = nullptr;
    napi_create_string_utf8(env, value == nullptr ? "" : value, NAPI_AUTO_LENGTH, &result);
    return result;
}

/// An Uint8Array with a copy of the bytes.
inline napi_value CopyOf(napi_env env, const uint8_t* bytes, size_t length) {
    napi_value buffer = nullptr, result = nullptr;
    void* data = nullptr;
    if (napi_create_arraybuffer(env, length, &data, &buffer) == napi_ok) {
        memcpy(data, bytes, length);
        napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &result);
    }
    return result;
}

inline void Set(napi_env env, napi_value object, const char* name, napi_value value) {
    if (value != nullptr) {
        napi_set_named_property(env, object, name, value);
    }
}

} // namespace addon
