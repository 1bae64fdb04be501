#include "provider_key.h"

#include <openssl/pem.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <mutex>

#include "openssl_error.h"

namespace tlsstream {

namespace {

/// Of the environment.
std::mutex loading;

/// Sets variables, and takes them back.
class Environment {
  public:
    explicit Environment(const std::vector<std::pair<std::string, std::string>>& variables) {
        for (const auto& [name, value] : variables) {
            const char* before = getenv(name.c_str());
            before_.push_back({name, before != nullptr, before == nullptr ? "" : before});
            setenv(name.c_str(), value.c_str(), 1);
        }
    }
    ~Environment() {
        for (const Variable& variable : before_) {
            if (variable.wasSet) {
                setenv(variable.name.c_str(), variable.value.c_str(), 1);
            } else {
                unsetenv(variable.name.c_str());
            }
        }
    }
    Environment(const Environment&) = delete;
    Environment& operator=(const Environment&) = delete;

  private:
    struct Variable {
        std::string name;
        bool wasSet;
        std::string value;
    };
    std::vector<Variable> before_;
};

int GivePassphrase(char* buffer, int size, int, void* given) {
    const auto* passphrase = static_cast<const std::string*>(given);
    if (passphrase->empty() || size < 0 || passphrase->size() > static_cast<size_t>(size)) {
        return -1;
    }
    memcpy(buffer, passphrase->data(), passphrase->size());
    return static_cast<int>(passphrase->size());
}

EVP_PKEY* ReadKey(const KeyHome& home, const ProviderKeyRequest& request) {
    if (request.pem.size() > INT_MAX) {
        return nullptr;
    }
    BIO* reader = BIO_new_mem_buf(request.pem.data(), static_cast<int>(request.pem.size()));
    EVP_PKEY* key = reader == nullptr
                        ? nullptr
                        : PEM_read_bio_PrivateKey_ex(reader, nullptr, GivePassphrase,
                                                     const_cast<std::string*>(&request.passphrase),
                                                     home.library, home.properties.c_str());
    BIO_free(reader);
    return key;
}

bool CanSign(const KeyHome& home) {
    static constexpr uint8_t kAnything[] = "a key that can sign";
    uint8_t signature[1024];
    size_t length = sizeof signature;
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    const bool isGood =
        context != nullptr &&
        EVP_DigestSignInit_ex(context, nullptr, "SHA256", home.library, home.properties.c_str(),
                              home.key, nullptr) == 1 &&
        EVP_DigestSign(context, signature, &length, kAnything, sizeof kAnything) == 1;
    EVP_MD_CTX_free(context);
    return isGood;
}

void FreeHome(KeyHome* home) {
    EVP_PKEY_free(home->key);
    if (home->provider != nullptr) {
        OSSL_PROVIDER_unload(home->provider);
    }
    if (home->base != nullptr) {
        OSSL_PROVIDER_unload(home->base);
    }
    OSSL_LIB_CTX_free(home->library);
    delete home;
}

/// Closed, and in use then.
thread_local std::vector<KeyHome*> closedHomes;

void ForgetUser(void*, void* home, CRYPTO_EX_DATA*, int, long, void*) {
    if (home != nullptr) {
        static_cast<KeyHome*>(home)->users--;
    }
}

int HomeIndex() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, ForgetUser);
    return index;
}

} // namespace

ProviderKey LoadProviderKey(const ProviderKeyRequest& request) {
    const std::lock_guard<std::mutex> guard(loading);
    const CleanErrorQueue clean;
    const Environment environment(request.environment);
    auto* home = new KeyHome;
    const auto fail = [home](const char* stage) {
        ProviderKey result{nullptr, stage, FirstContextErrorCode()};
        FreeHome(home);
        return result;
    };
    home->properties = "?provider!=" + request.provider;
    home->library = OSSL_LIB_CTX_new();
    if (home->library == nullptr ||
        (home->base = OSSL_PROVIDER_load(home->library, "default")) == nullptr ||
        (home->provider = OSSL_PROVIDER_load(home->library, request.provider.c_str())) == nullptr) {
        return fail("provider");
    }
    home->key = ReadKey(*home, request);
    if (home->key == nullptr) {
        return fail("key");
    }
    return CanSign(*home) ? ProviderKey{home, nullptr, ""} : fail("signature");
}

void CloseHome(KeyHome* home) {
    closedHomes.push_back(home);
    FreeUnusedHomes();
}

void FreeUnusedHomes() {
    const auto unused = std::partition(closedHomes.begin(), closedHomes.end(),
                                       [](KeyHome* home) { return home->users > 0; });
    std::for_each(unused, closedHomes.end(), FreeHome);
    closedHomes.erase(unused, closedHomes.end());
}

bool UseHome(SSL_CTX* context, KeyHome* home) {
    if (SSL_CTX_set_ex_data(context, HomeIndex(), home) != 1) {
        return false;
    }
    home->users++;
    return true;
}

} // namespace tlsstream
