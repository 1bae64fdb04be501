#include "socket_bio.h"

namespace tlsstream {

namespace {

RecordSocket* SocketOf(BIO* bio) {
    return static_cast<RecordSocket*>(BIO_get_data(bio));
}

int Read(BIO* bio, char* to, int length) {
    BIO_clear_retry_flags(bio);
    size_t got = 0;
    if (length <= 0) {
        return 0;
    }
    switch (
        SocketOf(bio)->Read(reinterpret_cast<uint8_t*>(to), static_cast<size_t>(length), &got)) {
    case RecordSocket::Result::done:
        return static_cast<int>(got);
    case RecordSocket::Result::wouldBlock:
        BIO_set_retry_read(bio);
        return -1;
    default:
        return SocketOf(bio)->read_error() == 0 ? 0 : -1;
    }
}

int Write(BIO* bio, const char* from, int length) {
    BIO_clear_retry_flags(bio);
    if (length <= 0) {
        return 0;
    }
    if (SocketOf(bio)->Append(reinterpret_cast<const uint8_t*>(from),
                              static_cast<size_t>(length))) {
        return length;
    }
    BIO_set_retry_write(bio);
    return -1;
}

long Control(BIO* bio, int command, long, void*) {
    switch (command) {
    case BIO_CTRL_FLUSH:
        // The session flushes at the end of a burst.
        return 1;
    case BIO_CTRL_EOF:
        return SocketOf(bio)->has_ended() && SocketOf(bio)->read_error() == 0;
    case BIO_CTRL_WPENDING:
        return static_cast<long>(SocketOf(bio)->pending());
    default:
        return 0;
    }
}

} // namespace

BIO_METHOD* NewSocketMethods() {
    BIO_METHOD* methods = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "record socket");
    if (methods != nullptr &&
        (BIO_meth_set_read(methods, Read) != 1 || BIO_meth_set_write(methods, Write) != 1 ||
         BIO_meth_set_ctrl(methods, Control) != 1)) {
        BIO_meth_free(methods);
        return nullptr;
    }
    return methods;
}

BIO* NewSocketBio(BIO_METHOD* methods, RecordSocket* socket) {
    BIO* bio = methods == nullptr ? nullptr : BIO_new(methods);
    if (bio != nullptr) {
        BIO_set_data(bio, socket);
        BIO_set_init(bio, 1);
    }
    return bio;
}

} // namespace tlsstream
