// One TLS session as a client: handshake, data both ways, key updates and the end. Independent of
// Node.js: its owner watches the descriptor and calls.

#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "key_usage.h"
#include "record_socket.h"
#include "trust.h"

namespace tlsstream {

/// How a session ended.
struct End {
    enum class Kind {
        none,
        /// The server announced the end of its data (RFC 8446 section 6.1).
        closeNotify,
        /// The stream ended without that; anyone on the path can cause it.
        cut,
        /// `code` or `error`.
        failure,
        /// See Trust.
        untrusted,
        /// The keys have protected as much as they may, and the peer has not changed its own.
        keysExhausted,
    };
    Kind kind = Kind::none;
    /// A code of Node.js for an error of TLS, alerts of the server among them.
    std::string code;
    /// errno of the connection.
    int error = 0;
};

struct SessionOptions {
    const char* serverName = "";
    uint32_t keyRecords = 0;
    uint32_t keySeconds = 0;
};

class Session {
  public:
    /// Owns the descriptor. nullptr when there is no memory; the descriptor is closed then.
    static std::unique_ptr<Session> Create(SSL_CTX* context, int fd, Trust trust,
                                           const SessionOptions& options);
    ~Session();

    RecordSocket& socket() { return socket_; }
    const Trust& trust() const { return trust_; }
    const End& end() const { return end_; }
    const KeyUsage& usage() const { return usage_; }
    SSL* ssl() { return ssl_; }
    bool is_secure() const { return isSecure_; }
    bool has_ended() const { return end_.kind != End::Kind::none; }
    /// The handshake or reading goes on only after the socket has taken what is pending.
    bool waits_for_room() const { return waitsForRoom_; }

    /// Goes on with the handshake: afterwards it is secure, has ended, or waits for the socket.
    void Handshake();
    /// Decrypts up to `room` bytes. Less than that: there is no more now, or the session has ended.
    size_t Read(uint8_t* to, size_t room);
    /// Encrypts and sends; returns how much was taken: nothing after an error of the socket.
    size_t Write(const uint8_t* from, size_t length);
    /// Changes our keys and asks the peer to change its own. False where the version has no such
    /// thing (TLS 1.2), and after an error of the socket.
    bool UpdateKeys();
    /// Ends with the error of a socket that cannot send. Reading does so by itself, after what the
    /// peer has still sent; this is for an owner that does not read.
    void ConcludeIfDead();
    /// Sends close_notify and then the end of the stream. Reading goes on.
    void Finish();

  private:
    Session(int fd, Trust trust, const SessionOptions& options);
    bool Start(SSL_CTX* context, const char* serverName);
    /// After an SSL_* call that did not succeed.
    void Judge(int result);
    void Conclude(End::Kind kind);
    void KeepKeysFresh();
    static void OnMessage(int isSent, int version, int type, const void* bytes, size_t length,
                          SSL* ssl, void* data);

    RecordSocket socket_;
    Trust trust_;
    KeyUsage usage_;
    End end_;
    BIO_METHOD* methods_ = nullptr;
    SSL* ssl_ = nullptr;
    bool isSecure_ = false;
    bool isFinishing_ = false;
    bool waitsForRoom_ = false;
};

} // namespace tlsstream
