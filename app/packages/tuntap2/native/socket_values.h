// What the socket functions read and return beyond plain arguments: texts of bounded length,
// options objects, failures. A reader that fails leaves a JavaScript TypeError pending and returns
// false; the function then returns nullptr at once.

#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "arguments.h"
#include "node_api.h"

namespace tuntap2::sockets {

using addon::Arguments;

/// A system call that did not work; `error` is 0 when all went well.
struct Failure {
    int error = 0;
    const char* step = nullptr;

    explicit operator bool() const { return error != 0; }
};

/// The failure of `step` with the current errno.
Failure LastError(const char* step);

/// `{errno, syscall}` for a failure, undefined for success.
napi_value ToValue(napi_env env, const Failure& failure);

/// The longest text any socket function takes: a literal address with zone, an interface name, a
/// socket name.
constexpr size_t kTextCapacity = 256;

struct Text {
    char data[kTextCapacity] = {};
    size_t length = 0;
};

/// Longer text is cut; no caller's limit is that large, so it is refused further on.
bool ReadText(napi_env env, napi_value value, Text* out);

/// One property of an options object.
bool ReadProperty(napi_env env, napi_value object, const char* name, uint32_t* out);
bool ReadProperty(napi_env env, napi_value object, const char* name, bool* out);
bool ReadProperty(napi_env env, napi_value object, const char* name, Text* out);

struct Method {
    const char* name;
    napi_callback function;
};

/// Adds functions to an object. False with a pending exception on failure.
bool AddMethods(napi_env env, napi_value object, std::initializer_list<Method> methods);

} // namespace tuntap2::sockets
