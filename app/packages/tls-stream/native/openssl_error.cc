#include "openssl_error.h"

#include <openssl/err.h>

namespace tlsstream {

CleanErrorQueue::CleanErrorQueue() {
    ERR_clear_error();
}

CleanErrorQueue::~CleanErrorQueue() {
    ERR_clear_error();
}

std::string FirstErrorCode() {
    const unsigned long error = ERR_peek_error();
    const char* reason = error == 0 ? "unknown" : ERR_reason_error_string(error);
    std::string code = "ERR_SSL_";
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

} // namespace tlsstream
