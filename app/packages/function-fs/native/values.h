// Small readings of Node-API arguments. A reader that fails leaves a TypeError pending and returns
// false; the function then returns nullptr at once.

#pragma once

#include <cstddef>
#include <cstdint>

#include "node_api.h"

namespace functionfs {

class Arguments {
  public:
    static constexpr size_t kMax = 6;

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

    bool ReadBool(size_t i, bool* out) const {
        return napi_get_value_bool(env_, values_[i], out) == napi_ok ||
               Refuse("expected a boolean");
    }

    bool ReadFunction(size_t i) const {
        napi_valuetype type;
        return (napi_typeof(env_, values_[i], &type) == napi_ok && type == napi_function) ||
               Refuse("expected a function");
    }

    template <typename T>
    bool ReadArray(size_t i, napi_typedarray_type wanted, T** data, size_t* length) const {
        napi_typedarray_type type;
        void* start = nullptr;
        bool isTypedArray = false;
        if (napi_is_typedarray(env_, values_[i], &isTypedArray) != napi_ok || !isTypedArray ||
            napi_get_typedarray_info(env_, values_[i], &type, length, &start, nullptr, nullptr) !=
                napi_ok ||
            type != wanted) {
            return Refuse("expected a typed array of another kind");
        }
        *data = static_cast<T*>(start);
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

inline napi_value Number(napi_env env, int64_t value) {
    napi_value result = nullptr;
    napi_create_int64(env, value, &result);
    return result;
}

} // namespace functionfs
