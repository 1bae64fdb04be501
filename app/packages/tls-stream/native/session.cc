#include "session.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <ctime>
#include <new>

#include "openssl_error.h"
#include "socket_bio.h"

namespace tlsstream {

namespace {

/// The most that one record holds.
constexpr size_t kRecord = SSL3_RT_MAX_PLAIN_LENGTH;

uint64_t Now() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<uint64_t>(now.tv_sec);
}

} // namespace

std::unique_ptr<Session> Session::Create(SSL_CTX* context, int fd, Trust trust,
                                         const SessionOptions& options) {
    std::unique_ptr<Session> session(new (std::nothrow) Session(fd, std::move(trust), options));
    if (session == nullptr) {
        close(fd);
        return nullptr;
    }
    return session->Start(context, options.serverName) ? std::move(session) : nullptr;
}

Session::Session(int fd, Trust trust, const SessionOptions& options)
    : socket_(fd), trust_(std::move(trust)), usage_(options.keyRecords, options.keySeconds, Now()) {
}

bool Session::Start(SSL_CTX* context, const char* serverName) {
    const CleanErrorQueue clean;
    methods_ = NewSocketMethods();
    ssl_ = SSL_new(context);
    BIO* bio = NewSocketBio(methods_, &socket_);
    if (ssl_ == nullptr || bio == nullptr || !socket_.is_valid()) {
        BIO_free(bio);
        return false;
    }
    SSL_set_bio(ssl_, bio, bio);
    SSL_set_connect_state(ssl_);
    SSL_set_msg_callback(ssl_, OnMessage);
    SSL_set_msg_callback_arg(ssl_, this);
    return trust_.Apply(ssl_, serverName);
}

Session::~Session() {
    const CleanErrorQueue clean;
    SSL_free(ssl_);
    BIO_meth_free(methods_);
}

void Session::Handshake() {
    if (isSecure_ || has_ended()) {
        return;
    }
    const CleanErrorQueue clean;
    socket_.BeginRead();
    waitsForRoom_ = false;
    const int result = SSL_do_handshake(ssl_);
    if (result != 1) {
        Judge(result);
    } else if (trust_.is_satisfied()) {
        isSecure_ = true;
    } else {
        Conclude(End::Kind::untrusted);
    }
    socket_.Flush();
}

size_t Session::Read(uint8_t* to, size_t room) {
    size_t done = 0;
    const CleanErrorQueue clean;
    socket_.BeginRead();
    waitsForRoom_ = false;
    while (done < room && isSecure_ && !has_ended()) {
        const int size =
            SSL_read(ssl_, to + done, static_cast<int>(std::min<size_t>(room - done, INT_MAX)));
        if (size <= 0) {
            Judge(size);
            break;
        }
        done += static_cast<size_t>(size);
    }
    KeepKeysFresh();
    // Answers to key updates, and alerts.
    socket_.Flush();
    return done;
}

size_t Session::Write(const uint8_t* from, size_t length) {
    size_t done = 0;
    const CleanErrorQueue clean;
    KeepKeysFresh();
    while (done < length && isSecure_ && !has_ended() && !isFinishing_ &&
           socket_.write_error() == 0) {
        if (socket_.pending() >= RecordSocket::kFlushAt) {
            socket_.Flush();
            if (socket_.pending() >= RecordSocket::kFlushAt) {
                break;
            }
        }
        const int size =
            SSL_write(ssl_, from + done, static_cast<int>(std::min(length - done, kRecord)));
        if (size <= 0) {
            Judge(size);
            break;
        }
        done += static_cast<size_t>(size);
    }
    socket_.Flush();
    return done;
}

bool Session::UpdateKeys() {
    if (!isSecure_ || has_ended() || isFinishing_ || socket_.write_error() != 0) {
        return false;
    }
    const CleanErrorQueue clean;
    const int kind =
        usage_.is_asked_for() ? SSL_KEY_UPDATE_NOT_REQUESTED : SSL_KEY_UPDATE_REQUESTED;
    if (SSL_key_update(ssl_, kind) != 1) {
        return false;
    }
    if (kind == SSL_KEY_UPDATE_REQUESTED) {
        usage_.OnAsked();
    }
    const int result = SSL_do_handshake(ssl_);
    if (result != 1) {
        Judge(result);
    }
    socket_.Flush();
    return true;
}

void Session::Finish() {
    if (isSecure_ && !has_ended() && !isFinishing_) {
        const CleanErrorQueue clean;
        isFinishing_ = true;
        SSL_shutdown(ssl_);
        socket_.CloseWhenSent();
    }
}

void Session::KeepKeysFresh() {
    if (!isSecure_ || has_ended()) {
        return;
    }
    if (usage_.IsExhausted()) {
        Conclude(End::Kind::keysExhausted);
        SSL_shutdown(ssl_);
    } else if (SSL_version(ssl_) >= TLS1_3_VERSION && usage_.IsDue(Now())) {
        UpdateKeys();
    }
}

void Session::Judge(int result) {
    switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
        if (socket_.is_drained()) {
            // The peer's reason, if it gave one, would have been read by now.
            ConcludeIfDead();
        }
        return;
    case SSL_ERROR_WANT_WRITE:
        waitsForRoom_ = true;
        return;
    case SSL_ERROR_ZERO_RETURN:
        Conclude(End::Kind::closeNotify);
        // Ours, in return.
        SSL_shutdown(ssl_);
        return;
    default:
        break;
    }
    if (trust_.error() != 0) {
        Conclude(End::Kind::untrusted);
    } else if (socket_.read_error() != 0) {
        Conclude(End::Kind::failure);
        end_.error = socket_.read_error();
    } else if (socket_.has_ended() &&
               (socket_.write_error() == 0 || socket_.write_error() == EPIPE)) {
        Conclude(End::Kind::cut);
    } else if (socket_.has_ended()) {
        Conclude(End::Kind::failure);
        end_.error = socket_.write_error();
    } else {
        Conclude(End::Kind::failure);
        end_.code = FirstErrorCode();
    }
}

void Session::ConcludeIfDead() {
    if (!has_ended() && socket_.write_error() != 0) {
        Conclude(End::Kind::failure);
        end_.error = socket_.write_error();
    }
}

void Session::Conclude(End::Kind kind) {
    end_.kind = kind;
}

/// Called for each record, with the type of its header, and for each message of a handshake.
void Session::OnMessage(int isSent, int, int type, const void* bytes, size_t length, SSL*,
                        void* data) {
    KeyUsage& usage = static_cast<Session*>(data)->usage_;
    if (type == SSL3_RT_HEADER) {
        isSent ? usage.OnSent() : usage.OnReceived();
    } else if (type == SSL3_RT_HANDSHAKE && length > 0 &&
               *static_cast<const uint8_t*>(bytes) == SSL3_MT_KEY_UPDATE) {
        isSent ? usage.OnSentUpdate(Now()) : usage.OnReceivedUpdate();
    }
}

} // namespace tlsstream
