#include "context.h"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <climits>

#include "openssl_error.h"
#include "provider_key.h"

namespace tlsstream {

namespace {

/// There is no terminal to ask, so a key with a passphrase cannot be read.
int NoPassphrase(char*, int, int, void*) {
    return -1;
}

BIO* ReaderOf(const Pem& pem) {
    return pem.length > INT_MAX ? nullptr : BIO_new_mem_buf(pem.data, static_cast<int>(pem.length));
}

/// Calls `use` for each certificate. False when there is none, or something in between is not one.
template <typename Use> bool ForEachCertificate(const Pem& pem, Use use) {
    BIO* reader = ReaderOf(pem);
    bool isGood = reader != nullptr;
    size_t count = 0;
    while (isGood) {
        X509* certificate = PEM_read_bio_X509(reader, nullptr, NoPassphrase, nullptr);
        if (certificate == nullptr) {
            // The end of the text shows as a missing begin.
            const unsigned long error = ERR_peek_last_error();
            isGood = count > 0 && ERR_GET_LIB(error) == ERR_LIB_PEM &&
                     ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
            if (isGood) {
                ERR_clear_error();
            }
            break;
        }
        isGood = use(certificate, count++);
        X509_free(certificate);
    }
    BIO_free(reader);
    return isGood;
}

bool UseRoots(SSL_CTX* context, const Pem& roots) {
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    return ForEachCertificate(
        roots, [store](X509* root, size_t) { return X509_STORE_add_cert(store, root) == 1; });
}

bool UseCertificate(SSL_CTX* context, const Pem& certificate) {
    return ForEachCertificate(certificate, [context](X509* link, size_t place) {
        return place == 0 ? SSL_CTX_use_certificate(context, link) == 1
                          : SSL_CTX_add1_chain_cert(context, link) == 1;
    });
}

bool UseKey(SSL_CTX* context, EVP_PKEY* key) {
    return key != nullptr && SSL_CTX_use_PrivateKey(context, key) == 1 &&
           SSL_CTX_check_private_key(context) == 1;
}

bool UseKey(SSL_CTX* context, const Pem& pem) {
    BIO* reader = ReaderOf(pem);
    EVP_PKEY* key = reader == nullptr
                        ? nullptr
                        : PEM_read_bio_PrivateKey(reader, nullptr, NoPassphrase, nullptr);
    const bool isGood = UseKey(context, key);
    EVP_PKEY_free(key);
    BIO_free(reader);
    return isGood;
}

/// The first option that OpenSSL refuses; nullptr: none.
const char* Configure(SSL_CTX* context, const ContextOptions& options) {
    const auto refuses = [](const std::string& value, auto set) {
        return !value.empty() && set(value.c_str()) != 1;
    };
    if (SSL_CTX_set_min_proto_version(context, static_cast<int>(options.minVersion)) != 1) {
        return "minVersion";
    }
    if (SSL_CTX_set_max_proto_version(context, static_cast<int>(options.maxVersion)) != 1) {
        return "maxVersion";
    }
    if (refuses(options.ciphers,
                [=](const char* list) { return SSL_CTX_set_cipher_list(context, list); }) ||
        refuses(options.cipherSuites,
                [=](const char* list) { return SSL_CTX_set_ciphersuites(context, list); })) {
        return "ciphers";
    }
    if (refuses(options.groups,
                [=](const char* list) { return SSL_CTX_set1_groups_list(context, list); })) {
        return "groups";
    }
    if (refuses(options.signatureAlgorithms,
                [=](const char* list) { return SSL_CTX_set1_sigalgs_list(context, list); })) {
        return "signatureAlgorithms";
    }
    if (!UseRoots(context, options.roots)) {
        return "roots";
    }
    if (options.certificate.length == 0) {
        return nullptr;
    }
    if (!UseCertificate(context, options.certificate)) {
        return "certificate";
    }
    const bool hasKey =
        options.home == nullptr ? UseKey(context, options.key) : UseKey(context, options.home->key);
    return hasKey ? nullptr : "key";
}

} // namespace

SSL_CTX* NewContext(const ContextOptions& options, ContextFailure* failure) {
    const CleanErrorQueue clean;
    KeyHome* home = options.home;
    SSL_CTX* context = home == nullptr ? SSL_CTX_new(TLS_client_method())
                                       : SSL_CTX_new_ex(home->library, home->properties.c_str(),
                                                        TLS_client_method());
    if (context == nullptr || (home != nullptr && !UseHome(context, home))) {
        failure->code = FirstContextErrorCode();
        SSL_CTX_free(context);
        return nullptr;
    }
    // A record that was sent is reported at once, and what is left may be offered from elsewhere.
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_AUTO_RETRY);
    // No resumption: each connection verifies the server, and only key updates change its keys.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_options(context,
                        SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    failure->option = Configure(context, options);
    if (failure->option == nullptr) {
        return context;
    }
    failure->code = FirstContextErrorCode();
    SSL_CTX_free(context);
    return nullptr;
}

} // namespace tlsstream
