// What sessions have in common: the roots, our certificate and key, and what is offered. OpenSSL
// judges all of it here, before there is a connection.

#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <cstdint>
#include <string>

namespace tlsstream {

struct KeyHome;

struct Pem {
    const uint8_t* data = nullptr;
    size_t length = 0;
};

/// An empty text leaves OpenSSL's default.
struct ContextOptions {
    Pem roots;
    /// Ours, and behind it what leads to its root; empty: we show none.
    Pem certificate;
    Pem key;
    /// With the key of a provider, in place of `key`.
    KeyHome* home = nullptr;
    std::string ciphers;
    std::string cipherSuites;
    std::string groups;
    std::string signatureAlgorithms;
    /// TLS1_2_VERSION and the like.
    uint32_t minVersion = 0;
    uint32_t maxVersion = 0;
};

struct ContextFailure {
    /// The option that cannot be used; nullptr: there is no memory.
    const char* option = nullptr;
    std::string code;
};

/// nullptr on failure. Free with SSL_CTX_free; sessions keep it alive.
SSL_CTX* NewContext(const ContextOptions& options, ContextFailure* failure);

} // namespace tlsstream
