// Small readings of Node-API arguments. A reader that fails leaves a TypeError pending and returns
// false; the function then returns nullptr at once.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "node_api.h"

namespace tss2node {

class Arguments {
  public:
    static constexpr size_t kMax = 3;

    Arguments(napi_env env, napi_callback_info info) : env_(env) {
        size_t count = kMax;
        // Missing arguments are undefined, which the readers refuse.
        napi_get_cb_info(env, info, &count, values_, &self_, nullptr);
    }

    napi_value self() const { return self_; }
    napi_value operator[](size_t i) const { return values_[i]; }

    bool ReadNumber(size_t i, uint32_t* out) const {
        return napi_get_value_uint32(env_, values_[i], out) == napi_ok ||
               Refuse("expected a number");
    }

    bool ReadString(size_t i, std::string* out) const {
        size_t length = 0;
        if (napi_get_value_string_utf8(env_, values_[i], nullptr, 0, &length) != napi_ok) {
            return Refuse("expected a string");
        }
        out->resize(length + 1);
        napi_get_value_string_utf8(env_, values_[i], &(*out)[0], length + 1, &length);
        out->resize(length);
        return true;
    }

    bool ReadFunction(size_t i) const {
        napi_valuetype type;
        return (napi_typeof(env_, values_[i], &type) == napi_ok && type == napi_function) ||
               Refuse("expected a function");
    }

    bool ReadBytes(size_t i, const uint8_t** data, size_t* length) const {
        napi_typedarray_type type;
        void* start = nullptr;
        bool isTypedArray = false;
        if (napi_is_typedarray(env_, values_[i], &isTypedArray) != napi_ok || !isTypedArray ||
            napi_get_typedarray_info(env_, values_[i], &type, length, &start, nullptr, nullptr) !=
                napi_ok ||
            type != napi_uint8_array) {
            return Refuse("expected a Uint8Array");
        }
        *data = static_cast<const uint8_t*>(start);
        return true;
    }

  private:
    bool Refuse(const char* expected) const {
        napi_throw_type_error(env_, "ERR_INVALID_ARG_TYPE", expected);
        return false;
    }

    napi_env env_;
    napi_value self_ = nullptr;
    napi_value values_[kMax] = {};
};

} // namespace tss2node
