// A session as src/native.ts has it. After `close` every method does nothing.

#include "session_methods.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <new>

#include "arguments.h"
#include "context_object.h"
#include "session_object.h"
#include "session_result.h"
#include "values.h"

namespace tlsstream {

using addon::Arguments;
using addon::Number;

namespace {

constexpr napi_type_tag kTag{0x2f84c1d97e0b4a63, 0xb5d03e9a617cf218};

SessionObject* Unwrap(napi_env env, napi_value self) {
    bool isOurs = false;
    void* data = nullptr;
    if (napi_check_object_type_tag(env, self, &kTag, &isOurs) != napi_ok || !isOurs ||
        napi_unwrap(env, self, &data) != napi_ok) {
        napi_throw_type_error(env, "ERR_INVALID_THIS", "not called on a TLS session");
        return nullptr;
    }
    return static_cast<SessionObject*>(data);
}

/// The one that `this` is, if it is open.
SessionObject* OpenOne(napi_env env, const Arguments& arguments) {
    SessionObject* object = Unwrap(env, arguments.self());
    return object != nullptr && object->session() != nullptr ? object : nullptr;
}

/// The bytes moved; once the session has ended, one more and negative.
napi_value Moved(napi_env env, SessionObject* object, size_t bytes) {
    const double count = static_cast<double>(bytes);
    return Number(env, object->session()->has_ended() ? -count - 1 : count);
}

napi_value Read(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    SessionObject* object = OpenOne(env, arguments);
    uint8_t* data;
    size_t length;
    if (object == nullptr || !arguments.ReadRange(0, &data, &length)) {
        return nullptr;
    }
    return Moved(env, object, object->Read(data, length));
}

napi_value Write(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    SessionObject* object = OpenOne(env, arguments);
    uint8_t* data;
    size_t length;
    if (object == nullptr || !arguments.ReadRange(0, &data, &length)) {
        return nullptr;
    }
    return Moved(env, object, object->Write(data, length));
}

napi_value SetReading(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    SessionObject* object = OpenOne(env, arguments);
    bool isReading;
    if (object != nullptr && arguments.ReadBool(0, &isReading)) {
        object->SetReading(isReading);
    }
    return nullptr;
}

napi_value UpdateKeys(napi_env env, napi_callback_info info) {
    SessionObject* object = OpenOne(env, Arguments(env, info));
    return object == nullptr ? nullptr : Moved(env, object, object->UpdateKeys() ? 1 : 0);
}

napi_value Finish(napi_env env, napi_callback_info info) {
    if (SessionObject* object = OpenOne(env, Arguments(env, info))) {
        object->Finish();
    }
    return nullptr;
}

napi_value Result(napi_env env, napi_callback_info info) {
    SessionObject* object = OpenOne(env, Arguments(env, info));
    return object == nullptr ? nullptr : ResultOf(env, *object->session());
}

napi_value Counters(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    SessionObject* object = OpenOne(env, arguments);
    uint8_t* data;
    size_t length;
    if (object != nullptr && arguments.ReadBytes(0, &data, &length) &&
        length == kCounters * sizeof(double)) {
        CountersOf(*object->session(), reinterpret_cast<double*>(data));
    }
    return nullptr;
}

napi_value Acknowledged(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    SessionObject* object = OpenOne(env, arguments);
    if (object == nullptr) {
        return nullptr;
    }
    napi_value bytes;
    const int64_t count = object->session()->socket().BytesAcknowledged();
    return napi_create_int64(env, count, &bytes) == napi_ok ? bytes : nullptr;
}

napi_value Close(napi_env env, napi_callback_info info) {
    if (SessionObject* object = Unwrap(env, Arguments(env, info).self())) {
        object->Close();
    }
    return nullptr;
}

/// The JavaScript object owns it from here on; nullptr, and it is deleted, on failure.
napi_value Wrap(napi_env env, SessionObject* object) {
    const auto method = [](const char* name, napi_callback function) {
        return napi_property_descriptor{name,    nullptr, function,     nullptr,
                                        nullptr, nullptr, napi_default, nullptr};
    };
    const napi_property_descriptor methods[] = {
        method("read", Read),
        method("write", Write),
        method("setReading", SetReading),
        method("updateKeys", UpdateKeys),
        method("finish", Finish),
        method("result", Result),
        method("counters", Counters),
        method("acknowledged", Acknowledged),
        method("close", Close),
    };
    const auto finalize = [](napi_env, void* data, void*) {
        delete static_cast<SessionObject*>(data);
    };
    napi_value value;
    if (napi_create_object(env, &value) != napi_ok ||
        napi_define_properties(env, value, sizeof methods / sizeof *methods, methods) != napi_ok ||
        napi_wrap(env, value, object, finalize, nullptr, nullptr) != napi_ok) {
        delete object;
        return nullptr;
    }
    return napi_type_tag_object(env, value, &kTag) == napi_ok ? value : nullptr;
}

std::vector<Pin> PinsIn(const uint8_t* data, size_t length) {
    std::vector<Pin> pins(length / sizeof(Pin));
    for (size_t i = 0; i < pins.size(); i++) {
        std::copy_n(data + i * sizeof(Pin), sizeof(Pin), pins[i].begin());
    }
    return pins;
}

} // namespace

napi_value OpenSession(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    SSL_CTX* context = UnwrapContext(env, arguments[0]);
    uint32_t fd;
    std::string serverName;
    uint8_t* pins;
    size_t pinsLength;
    bool acceptsNotYetValid;
    SessionOptions options;
    if (context == nullptr || !arguments.ReadNumber(1, &fd) ||
        !arguments.ReadText(2, &serverName) || !arguments.ReadBytes(3, &pins, &pinsLength) ||
        !arguments.ReadBool(4, &acceptsNotYetValid) ||
        !arguments.ReadNumber(5, &options.keyRecords) ||
        !arguments.ReadNumber(6, &options.keySeconds) || !arguments.ReadFunction(7)) {
        return nullptr;
    }
    const int own = fcntl(static_cast<int>(fd), F_DUPFD_CLOEXEC, 0);
    if (own < 0) {
        return Number(env, errno);
    }
    options.serverName = serverName.c_str();
    std::unique_ptr<Session> session =
        Session::Create(context, own, Trust(acceptsNotYetValid, PinsIn(pins, pinsLength)), options);
    SessionObject* object = session == nullptr ? nullptr : new (std::nothrow) SessionObject(env);
    if (object == nullptr) {
        return Number(env, ENOMEM);
    }
    napi_value value = Wrap(env, object);
    if (value == nullptr) {
        return nullptr;
    }
    const int error = object->Open(std::move(session), value, arguments[7]);
    return error == 0 ? value : Number(env, error);
}

} // namespace tlsstream
