#include "context_object.h"

#include "arguments.h"
#include "context.h"
#include "key_object.h"
#include "values.h"

namespace tlsstream {

using addon::Arguments;
using addon::Set;
using addon::Text;

namespace {

constexpr napi_type_tag kTag{0x7b1d0c5e94a24f38, 0x93e6d27a51c8b04f};

bool ReadPem(const Arguments& arguments, size_t i, Pem* pem) {
    uint8_t* data = nullptr;
    if (!arguments.ReadBytes(i, &data, &pem->length)) {
        return false;
    }
    pem->data = data;
    return true;
}

bool ReadKey(napi_env env, const Arguments& arguments, size_t i, ContextOptions* options) {
    return UnwrapKey(env, arguments[i], &options->home) || ReadPem(arguments, i, &options->key);
}

napi_value ToValue(napi_env env, const ContextFailure& failure) {
    napi_value object = nullptr;
    if (napi_create_object(env, &object) == napi_ok) {
        Set(env, object, "option", Text(env, failure.option));
        Set(env, object, "code", Text(env, failure.code.c_str()));
    }
    return object;
}

} // namespace

napi_value CreateContext(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    ContextOptions options;
    if (!ReadPem(arguments, 0, &options.roots) || !ReadPem(arguments, 1, &options.certificate) ||
        !ReadKey(env, arguments, 2, &options) || !arguments.ReadText(3, &options.ciphers) ||
        !arguments.ReadText(4, &options.cipherSuites) || !arguments.ReadText(5, &options.groups) ||
        !arguments.ReadText(6, &options.signatureAlgorithms) ||
        !arguments.ReadNumber(7, &options.minVersion) ||
        !arguments.ReadNumber(8, &options.maxVersion)) {
        return nullptr;
    }
    ContextFailure failure;
    SSL_CTX* context = NewContext(options, &failure);
    if (context == nullptr) {
        return ToValue(env, failure);
    }
    napi_value object;
    const auto finalize = [](napi_env, void* data, void*) {
        SSL_CTX_free(static_cast<SSL_CTX*>(data));
    };
    if (napi_create_object(env, &object) != napi_ok ||
        napi_wrap(env, object, context, finalize, nullptr, nullptr) != napi_ok) {
        SSL_CTX_free(context);
        return nullptr;
    }
    return napi_type_tag_object(env, object, &kTag) == napi_ok ? object : nullptr;
}

napi_value CloseContext(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    bool isOurs = false;
    void* data = nullptr;
    if (napi_check_object_type_tag(env, arguments[0], &kTag, &isOurs) == napi_ok && isOurs &&
        napi_remove_wrap(env, arguments[0], &data) == napi_ok) {
        SSL_CTX_free(static_cast<SSL_CTX*>(data));
    }
    return nullptr;
}

SSL_CTX* UnwrapContext(napi_env env, napi_value object) {
    bool isOurs = false;
    void* data = nullptr;
    if (napi_check_object_type_tag(env, object, &kTag, &isOurs) != napi_ok || !isOurs ||
        napi_unwrap(env, object, &data) != napi_ok) {
        napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "expected a TLS context");
        return nullptr;
    }
    return static_cast<SSL_CTX*>(data);
}

} // namespace tlsstream
