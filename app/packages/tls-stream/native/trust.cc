#include "trust.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <cstring>
#include <ctime>

namespace tlsstream {

namespace {

int64_t BeginOf(const X509* certificate) {
    tm time{};
    if (ASN1_TIME_to_tm(X509_get0_notBefore(certificate), &time) != 1) {
        return -1;
    }
    return timegm(&time);
}

} // namespace

bool Trust::Apply(SSL* ssl, const char* serverName) {
    SSL_set_app_data(ssl, this);
    SSL_set_verify(ssl, SSL_VERIFY_PEER, OnVerify);
    // Without a session to resume, each connection verifies.
    if (*serverName == '\0') {
        return true;
    }
    // A wildcard stands for a whole label (RFC 9525 section 6.3).
    X509_VERIFY_PARAM_set_hostflags(SSL_get0_param(ssl), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set_tlsext_host_name(ssl, serverName) == 1 &&
           X509_VERIFY_PARAM_set1_host(SSL_get0_param(ssl), serverName, strlen(serverName)) == 1;
}

int Trust::OnVerify(int isGood, X509_STORE_CTX* context) {
    SSL* ssl = static_cast<SSL*>(
        X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx()));
    return static_cast<Trust*>(SSL_get_app_data(ssl))->Judge(isGood == 1, context) ? 1 : 0;
}

/// Called for each problem, and once for each certificate that has none, the server's own last.
bool Trust::Judge(bool isGood, X509_STORE_CTX* context) {
    const int depth = X509_STORE_CTX_get_error_depth(context);
    int error = isGood ? X509_V_OK : X509_STORE_CTX_get_error(context);
    if (!isGood && Forgives(error, context)) {
        error = X509_V_OK;
    }
    if (depth == 0) {
        Keep(context);
    }
    if (error == X509_V_OK && depth == 0 && !IsPinned()) {
        error = X509_V_ERR_APPLICATION_VERIFICATION;
    }
    X509_STORE_CTX_set_error(context, error);
    if (error == X509_V_OK) {
        return true;
    }
    Keep(context);
    error_ = error;
    depth_ = depth;
    return false;
}

bool Trust::Forgives(int error, X509_STORE_CTX* context) {
    const X509* certificate = X509_STORE_CTX_get_current_cert(context);
    if (!acceptsNotYetValid_ || error != X509_V_ERR_CERT_NOT_YET_VALID || certificate == nullptr) {
        return false;
    }
    const int64_t begins = BeginOf(certificate);
    begins_ = std::max(begins_, begins);
    return begins > 0;
}

bool Trust::IsPinned() const {
    return pins_.empty() || (hasPin_ && std::find(pins_.begin(), pins_.end(), pin_) != pins_.end());
}

void Trust::Keep(X509_STORE_CTX* context) {
    X509* leaf = X509_STORE_CTX_get0_cert(context);
    if (!chain_.empty() || leaf == nullptr) {
        return;
    }
    const auto keep = [this](X509* certificate) {
        const int length = i2d_X509(certificate, nullptr);
        if (length <= 0) {
            return;
        }
        Bytes der(static_cast<size_t>(length));
        uint8_t* out = der.data();
        i2d_X509(certificate, &out);
        chain_.push_back(std::move(der));
    };
    keep(leaf);
    STACK_OF(X509)* shown = X509_STORE_CTX_get0_untrusted(context);
    for (int i = 0; i < sk_X509_num(shown) && chain_.size() < kMostKept; i++) {
        if (X509_cmp(sk_X509_value(shown, i), leaf) != 0) {
            keep(sk_X509_value(shown, i));
        }
    }
    uint8_t* key = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &key);
    hasPin_ = length > 0 && EVP_Digest(key, static_cast<size_t>(length), pin_.data(), nullptr,
                                       EVP_sha256(), nullptr) == 1;
    OPENSSL_free(key);
}

} // namespace tlsstream
