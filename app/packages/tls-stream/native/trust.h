// Whether a server is trusted: OpenSSL's verification of its chain and name, and what we add to it.
// All of it happens within the handshake, before our own certificate is shown.
//
// OpenSSL reports each problem of a chain by itself, so "not yet valid" can be forgiven exactly: a
// foreign root, a wrong purpose or an expired certificate are reports of their own, and stand.

#pragma once

#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <vector>

namespace tlsstream {

using Bytes = std::vector<uint8_t>;

/// SHA-256 of a SubjectPublicKeyInfo, as in RFC 7469 section 2.4.
using Pin = std::array<uint8_t, 32>;

class Trust {
  public:
    Trust(bool acceptsNotYetValid, std::vector<Pin> pins)
        : acceptsNotYetValid_(acceptsNotYetValid), pins_(std::move(pins)) {}

    /// False when there is no memory. `serverName` empty: any name will do, and none is sent.
    bool Apply(SSL* ssl, const char* serverName);

    /// The callback has run and had no objection: a server without certificate never gets here.
    bool is_satisfied() const { return error_ == 0 && !chain_.empty() && IsPinned(); }
    /// Why the server was refused: an X509_V_ERR_ number; 0 as long as it was not.
    int error() const { return error_; }
    /// Which certificate it is about: 0 is the server's own.
    int depth() const { return depth_; }
    /// What the server showed, its own certificate first, in DER.
    const std::vector<Bytes>& chain() const { return chain_; }
    bool has_pin() const { return hasPin_; }
    const Pin& pin() const { return pin_; }
    /// The latest begin that was forgiven, in seconds since 1970; 0: none was.
    int64_t begins() const { return begins_; }

  private:
    /// Longer chains are verified as well, but not kept.
    static constexpr int kMostKept = 10;

    static int OnVerify(int isGood, X509_STORE_CTX* context);
    bool Judge(bool isGood, X509_STORE_CTX* context);
    bool Forgives(int error, X509_STORE_CTX* context);
    bool IsPinned() const;
    void Keep(X509_STORE_CTX* context);

    bool acceptsNotYetValid_;
    std::vector<Pin> pins_;
    int error_ = 0;
    int depth_ = 0;
    std::vector<Bytes> chain_;
    Pin pin_{};
    bool hasPin_ = false;
    int64_t begins_ = 0;
};

} // namespace tlsstream
