// A private key that stays where a provider of OpenSSL keeps it, in a TPM for example. The provider
// is loaded with the key, so nothing has to be configured before Node.js starts.

#pragma once

#include <openssl/evp.h>
#include <openssl/provider.h>
#include <openssl/ssl.h>

#include <string>
#include <utility>
#include <vector>

namespace tlsstream {

struct ProviderKeyRequest {
    /// As OpenSSL finds its module: "tpm2".
    std::string provider;
    std::string pem;
    /// Given to a provider that asks for one.
    std::string passphrase;
    /// What the provider reads from the environment, there for this request only.
    std::vector<std::pair<std::string, std::string>> environment;
};

/// A library of its own within OpenSSL, with the provider and one key. Nothing else of the process
/// uses it, and it talks to its device until it is freed.
struct KeyHome {
    OSSL_LIB_CTX* library = nullptr;
    OSSL_PROVIDER* base = nullptr;
    OSSL_PROVIDER* provider = nullptr;
    EVP_PKEY* key = nullptr;
    /// For everything but the key: OpenSSL's own provider.
    std::string properties;
    /// Contexts that use it, each for as long as it has sessions.
    int users = 0;
};

struct ProviderKey {
    KeyHome* home = nullptr;
    /// Where it failed: "provider", "key" or "signature"; nullptr if it did not.
    const char* stage = nullptr;
    std::string code;
};

/// Loads the provider and the key and lets it sign once, so that a key that cannot sign shows here.
/// Takes as long as the device that has the key: not for the thread of an event loop.
ProviderKey LoadProviderKey(const ProviderKeyRequest& request);

/// Frees it, or leaves that to `FreeUnusedHomes` while contexts use it. Both belong to the thread
/// that has the contexts.
void CloseHome(KeyHome* home);
void FreeUnusedHomes();

/// Counts a context as a user for as long as it lives. False: there is no memory.
bool UseHome(SSL_CTX* context, KeyHome* home);

} // namespace tlsstream
