// The arguments of one call and its `this`. A reader that fails leaves a TypeError pending and
// returns false; the function then returns nullptr at once.

#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>

#include "node_api.h"

namespace addon {

class Arguments {
  public:
    static constexpr size_t kMax = 10;
    /// Of a text; lists of ciphers are the longest.
    static constexpr size_t kMostText = 16 * 1024;

    Arguments(napi_env env, napi_callback_info info) : env_(env) {
        size_t count = kMax;
        // Missing arguments are undefined, which the readers refuse.
        napi_get_cb_info(env, info, &count, values_, &self_, nullptr);
    }

    napi_value self() const { return self_; }
    napi_value operator[](size_t i) const { return values_[i]; }

    bool ReadNumber(size_t i, uint32_t* out) const {
        // Node-API's own reading of an integer takes what is too large modulo 2^32.
        double value = 0;
        if (napi_get_value_double(env_, values_[i], &value) != napi_ok || !(value >= 0) ||
            value > UINT32_MAX || value != std::trunc(value)) {
            return Refuse("expected an integer from 0 to 4294967295");
        }
        *out = static_cast<uint32_t>(value);
        return true;
    }

    bool ReadBool(size_t i, bool* out) const {
        return napi_get_value_bool(env_, values_[i], out) == napi_ok ||
               Refuse("expected a boolean");
    }

    bool ReadText(size_t i, std::string* out) const {
        size_t length = 0;
        if (napi_get_value_string_utf8(env_, values_[i], nullptr, 0, &length) != napi_ok ||
            length > kMostText) {
            return Refuse("expected a string");
        }
        out->resize(length);
        // What reads it as a C string would see less of it behind a zero byte.
        const bool isText = napi_get_value_string_utf8(env_, values_[i], out->data(), length + 1,
                                                       &length) == napi_ok &&
                            out->find('\0') == std::string::npos;
        return isText || Refuse("expected a string without zero bytes");
    }

    bool ReadFunction(size_t i) const {
        napi_valuetype type;
        return (napi_typeof(env_, values_[i], &type) == napi_ok && type == napi_function) ||
               Refuse("expected a function");
    }

    bool ReadBytes(size_t i, uint8_t** data, size_t* length) const {
        return ReadArray(i, napi_uint8_array, data, length) || Refuse("expected a Uint8Array");
    }

    /// Numbers that the library fills in.
    bool ReadNumbers(size_t i, int32_t** data, size_t* length) const {
        return ReadArray(i, napi_int32_array, data, length) || Refuse("expected an Int32Array");
    }

    /// A Uint8Array and two offsets in it.
    bool ReadRange(size_t i, uint8_t** data, size_t* length) const {
        size_t size = 0;
        uint32_t begin, end;
        if (!ReadBytes(i, data, &size) || !ReadNumber(i + 1, &begin) || !ReadNumber(i + 2, &end)) {
            return false;
        }
        if (begin > end || end > size) {
            napi_throw_range_error(env_, "ERR_OUT_OF_RANGE", "the range is not in the buffer");
            return false;
        }
        *length = end - begin;
        *data += *length == 0 ? 0 : begin;
        return true;
    }

  private:
    template <typename T>
    bool ReadArray(size_t i, napi_typedarray_type wanted, T** data, size_t* length) const {
        napi_typedarray_type type;
        void* start = nullptr;
        bool isTypedArray = false;
        if (napi_is_typedarray(env_, values_[i], &isTypedArray) != napi_ok || !isTypedArray ||
            napi_get_typedarray_info(env_, values_[i], &type, length, &start, nullptr, nullptr) !=
                napi_ok ||
            type != wanted) {
            return false;
        }
        *data = static_cast<T*>(start);
        return true;
    }

    bool Refuse(const char* expected) const {
        napi_throw_type_error(env_, "ERR_INVALID_ARG_TYPE", expected);
        return false;
    }

    napi_env env_;
    napi_value self_ = nullptr;
    napi_value values_[kMax] = {};
};

} // namespace addon
