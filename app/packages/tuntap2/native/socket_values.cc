#include "socket_values.h"

#include <cerrno>

namespace tuntap2::sockets {

namespace {

bool Refuse(napi_env env, const char* expected) {
    napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", expected);
    return false;
}

bool GetNumber(napi_env env, napi_value value, uint32_t* out) {
    if (napi_get_value_uint32(env, value, out) != napi_ok) {
        return Refuse(env, "expected a number");
    }
    return true;
}

bool GetProperty(napi_env env, napi_value object, const char* name, napi_value* out) {
    if (napi_get_named_property(env, object, name, out) != napi_ok) {
        return Refuse(env, "expected an options object");
    }
    return true;
}

} // namespace

bool ReadText(napi_env env, napi_value value, Text* out) {
    if (napi_get_value_string_utf8(env, value, out->data, sizeof out->data, &out->length) !=
        napi_ok) {
        return Refuse(env, "expected a string");
    }
    return true;
}

Failure LastError(const char* step) {
    return Failure{errno, step};
}

napi_value ToValue(napi_env env, const Failure& failure) {
    napi_value object, error, step;
    if (!failure) {
        return nullptr;
    }
    if (napi_create_object(env, &object) != napi_ok ||
        napi_create_int32(env, failure.error, &error) != napi_ok ||
        napi_create_string_utf8(env, failure.step, NAPI_AUTO_LENGTH, &step) != napi_ok ||
        napi_set_named_property(env, object, "errno", error) != napi_ok ||
        napi_set_named_property(env, object, "syscall", step) != napi_ok) {
        return nullptr;
    }
    return object;
}

bool ReadProperty(napi_env env, napi_value object, const char* name, uint32_t* out) {
    napi_value value;
    return GetProperty(env, object, name, &value) && GetNumber(env, value, out);
}

bool ReadProperty(napi_env env, napi_value object, const char* name, bool* out) {
    napi_value value;
    if (!GetProperty(env, object, name, &value)) {
        return false;
    }
    return napi_get_value_bool(env, value, out) == napi_ok || Refuse(env, "expected a boolean");
}

bool ReadProperty(napi_env env, napi_value object, const char* name, Text* out) {
    napi_value value;
    return GetProperty(env, object, name, &value) && ReadText(env, value, out);
}

bool AddMethods(napi_env env, napi_value object, std::initializer_list<Method> methods) {
    for (const Method& method : methods) {
        napi_value function;
        if (napi_create_function(env, method.name, NAPI_AUTO_LENGTH, method.function, nullptr,
                                 &function) != napi_ok ||
            napi_set_named_property(env, object, method.name, function) != napi_ok) {
            return false;
        }
    }
    return true;
}

} // namespace tuntap2::sockets
