#include "key_object.h"

#include <openssl/crypto.h>

#include <cstring>
#include <utility>

#include "arguments.h"
#include "provider_key.h"
#include "values.h"

namespace tlsstream {

using addon::Arguments;
using addon::Set;
using addon::Text;

namespace {

constexpr napi_type_tag kTag{0x2f6b8a1d94c75e03, 0xb1d7e93c50a8f264};

struct Job {
    ProviderKeyRequest request;
    ProviderKey result;
    napi_async_work work = nullptr;
    napi_ref onDone = nullptr;
};

void Erase(std::string* secret) {
    OPENSSL_cleanse(secret->data(), secret->size());
}

/// The one end of a job: done, given up, or never begun.
void Discard(napi_env env, Job* job) {
    if (job->onDone != nullptr) {
        napi_delete_reference(env, job->onDone);
    }
    if (job->work != nullptr) {
        napi_delete_async_work(env, job->work);
    }
    Erase(&job->request.pem);
    Erase(&job->request.passphrase);
    for (auto& variable : job->request.environment) {
        Erase(&variable.second);
    }
    if (job->result.home != nullptr) {
        CloseHome(job->result.home);
    }
    delete job;
}

napi_value CloseKey(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    void* data = nullptr;
    if (napi_remove_wrap(env, arguments.self(), &data) == napi_ok) {
        CloseHome(static_cast<KeyHome*>(data));
    }
    return nullptr;
}

napi_value WrapKey(napi_env env, KeyHome* home) {
    const auto finalize = [](napi_env, void* data, void*) {
        CloseHome(static_cast<KeyHome*>(data));
    };
    napi_value object = nullptr, close = nullptr;
    if (napi_create_object(env, &object) != napi_ok ||
        napi_wrap(env, object, home, finalize, nullptr, nullptr) != napi_ok) {
        CloseHome(home);
        return nullptr;
    }
    napi_create_function(env, "close", NAPI_AUTO_LENGTH, CloseKey, nullptr, &close);
    Set(env, object, "close", close);
    return napi_type_tag_object(env, object, &kTag) == napi_ok ? object : nullptr;
}

/// The home of the key belongs to the object then.
napi_value ToValue(napi_env env, ProviderKey* result) {
    if (result->stage == nullptr) {
        return WrapKey(env, std::exchange(result->home, nullptr));
    }
    napi_value object = nullptr;
    if (napi_create_object(env, &object) == napi_ok) {
        Set(env, object, "stage", Text(env, result->stage));
        Set(env, object, "code", Text(env, result->code.c_str()));
    }
    return object;
}

void Load(napi_env, void* data) {
    auto* job = static_cast<Job*>(data);
    job->result = LoadProviderKey(job->request);
}

void Finish(napi_env env, napi_status status, void* data) {
    auto* job = static_cast<Job*>(data);
    napi_value receiver, onDone, result, ignored;
    if (status == napi_ok && napi_get_undefined(env, &receiver) == napi_ok &&
        napi_get_reference_value(env, job->onDone, &onDone) == napi_ok &&
        (result = ToValue(env, &job->result)) != nullptr) {
        napi_call_function(env, receiver, onDone, 1, &result, &ignored);
    }
    Discard(env, job);
}

/// Names and values in turn, each with a zero byte behind it.
bool ReadEnvironment(const Arguments& arguments, size_t i, ProviderKeyRequest* request) {
    uint8_t* data = nullptr;
    size_t length = 0;
    if (!arguments.ReadBytes(i, &data, &length)) {
        return false;
    }
    const char* text = reinterpret_cast<const char*>(data);
    const char* const end = text + length;
    while (text < end) {
        const char* const name = text;
        text += strnlen(name, end - name) + 1;
        const char* const value = text;
        if (text > end) {
            break;
        }
        text += strnlen(value, end - value) + 1;
        request->environment.emplace_back(name, std::string(value, strnlen(value, end - value)));
    }
    return true;
}

bool ReadSecret(const Arguments& arguments, size_t i, std::string* out) {
    uint8_t* data = nullptr;
    size_t length = 0;
    if (!arguments.ReadBytes(i, &data, &length)) {
        return false;
    }
    out->assign(reinterpret_cast<const char*>(data), length);
    return true;
}

} // namespace

napi_value OpenProviderKey(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    FreeUnusedHomes();
    auto* job = new Job;
    napi_value name;
    if (arguments.ReadText(0, &job->request.provider) &&
        ReadSecret(arguments, 1, &job->request.pem) &&
        ReadSecret(arguments, 2, &job->request.passphrase) &&
        ReadEnvironment(arguments, 3, &job->request) && arguments.ReadFunction(4) &&
        napi_create_reference(env, arguments[4], 1, &job->onDone) == napi_ok &&
        napi_create_string_utf8(env, "tls-stream key", NAPI_AUTO_LENGTH, &name) == napi_ok &&
        napi_create_async_work(env, nullptr, name, Load, Finish, job, &job->work) == napi_ok &&
        napi_queue_async_work(env, job->work) == napi_ok) {
        return nullptr;
    }
    Discard(env, job);
    return nullptr;
}

bool UnwrapKey(napi_env env, napi_value object, KeyHome** home) {
    bool isOurs = false;
    void* data = nullptr;
    if (napi_check_object_type_tag(env, object, &kTag, &isOurs) != napi_ok || !isOurs ||
        napi_unwrap(env, object, &data) != napi_ok) {
        return false;
    }
    *home = static_cast<KeyHome*>(data);
    return true;
}

} // namespace tlsstream
