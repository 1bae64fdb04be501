#include "openssl_error.h"

#include <openssl/err.h>

namespace tlsstream {

CleanErrorQueue::CleanErrorQueue() {
    ERR_clear_error();
}

CleanErrorQueue::~CleanErrorQueue() {
    ERR_clear_error();
}

namespace {

/// Those that Node.js names; a provider of keys is not among them.
struct {
    int number;
    const char* name;
} constexpr kLibraries[] = {
    {ERR_LIB_SYS, "SYS_"},       {ERR_LIB_BN, "BN_"},         {ERR_LIB_RSA, "RSA_"},
    {ERR_LIB_EVP, "EVP_"},       {ERR_LIB_PEM, "PEM_"},       {ERR_LIB_X509, "X509_"},
    {ERR_LIB_ASN1, "ASN1_"},     {ERR_LIB_CRYPTO, "CRYPTO_"}, {ERR_LIB_EC, "EC_"},
    {ERR_LIB_BIO, "BIO_"},       {ERR_LIB_PKCS12, "PKCS12_"}, {ERR_LIB_X509V3, "X509V3_"},
    {ERR_LIB_ENGINE, "ENGINE_"}, {ERR_LIB_UI, "UI_"},
};

std::string CodeOf(unsigned long error, std::string code) {
    const char* reason = error == 0 ? "unknown" : ERR_reason_error_string(error);
    if (reason == nullptr) {
        // A provider or an engine without texts.
        return code + "REASON_" + std::to_string(ERR_GET_REASON(error));
    }
    for (; *reason != '\0'; reason++) {
        const char c = *reason;
        code += c == ' ' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return code;
}

} // namespace

std::string FirstErrorCode() {
    return CodeOf(ERR_peek_error(), "ERR_SSL_");
}

std::string FirstContextErrorCode() {
    const unsigned long error = ERR_peek_error();
    const int library = ERR_GET_LIB(error);
    if (error != 0 && library == ERR_LIB_SSL) {
        return CodeOf(error, "ERR_SSL_");
    }
    std::string prefix = "ERR_OSSL_";
    for (const auto& known : kLibraries) {
        if (error != 0 && known.number == library) {
            prefix += known.name;
        }
    }
    return CodeOf(error, prefix);
}

} // namespace tlsstream
