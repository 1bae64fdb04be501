// AF_UNIX datagrams with descriptor passing (unix(7), cmsg(3)).

#include "socket_datagram.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "socket_address.h"
#include "socket_handle.h"

namespace tuntap2::sockets {

namespace {

/// SCM_MAX_FD of the kernel.
constexpr size_t kMaxFds = 253;
/// Datagrams received per turn of the loop, so that one busy sender does not hold up everything
/// else.
constexpr int kMaxPerTurn = 32;

struct PassedFds {
    int values[kMaxFds];
    size_t count = 0;

    void CloseAll() {
        for (size_t i = 0; i < count; i++) {
            close(values[i]);
        }
        count = 0;
    }
};

/// Room for the control message of the most descriptors, aligned as the kernel wants it.
union Control {
    cmsghdr alignment;
    char bytes[CMSG_SPACE(sizeof(int) * kMaxFds)];
};

bool ReadFds(napi_env env, napi_value array, PassedFds* out) {
    uint32_t count = 0;
    if (napi_get_array_length(env, array, &count) != napi_ok || count > kMaxFds) {
        napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "expected at most 253 descriptors");
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        napi_value element;
        if (napi_get_element(env, array, i, &element) != napi_ok ||
            napi_get_value_int32(env, element, &out->values[i]) != napi_ok) {
            napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "a descriptor is a number");
            return false;
        }
    }
    out->count = count;
    return true;
}

Failure Send(int fd, uint8_t* data, size_t length, Address* to, const PassedFds& fds) {
    iovec part = {data, length};
    Control control;
    msghdr message = {};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (to != nullptr) {
        message.msg_name = to->get();
        message.msg_namelen = to->length;
    }
    if (fds.count != 0) {
        const size_t bytes = sizeof(int) * fds.count;
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(bytes);
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(bytes);
        memcpy(CMSG_DATA(header), fds.values, bytes);
    }
    ssize_t sent;
    do {
        sent = sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent < 0 ? LastError("sendmsg(AF_UNIX)") : Failure{};
}

/// Receives one datagram. On failure no descriptor is left open.
Failure Receive(int fd, uint8_t* buffer, size_t space, size_t maxFds, size_t* length,
                Address* sender, PassedFds* fds) {
    iovec part = {buffer, space};
    Control control;
    msghdr message = {};
    message.msg_name = sender->get();
    message.msg_namelen = sizeof sender->storage;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (maxFds != 0) {
        message.msg_control = &control;
        // Not CMSG_SPACE: its padding would let one more descriptor in.
        message.msg_controllen = CMSG_LEN(sizeof(int) * maxFds);
    }
    const ssize_t received = recvmsg(fd, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (received < 0) {
        return LastError("recvmsg(AF_UNIX)");
    }
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
            const size_t bytes = header->cmsg_len - CMSG_LEN(0);
            memcpy(fds->values, CMSG_DATA(header), bytes);
            fds->count = bytes / sizeof(int);
        }
    }
    if ((message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        fds->CloseAll();
        return {(message.msg_flags & MSG_TRUNC) != 0 ? EMSGSIZE : E2BIG, "recvmsg(AF_UNIX)"};
    }
    sender->length = message.msg_namelen;
    *length = static_cast<size_t>(received);
    return {};
}

/// The datagram or the peer is at fault, not the socket.
bool IsPassing(int error) {
    return error == EMSGSIZE || error == E2BIG || error == ECONNRESET || error == ECONNREFUSED ||
           error == ENOMEM;
}

class DatagramHandle final : public SocketHandle {
  public:
    static constexpr napi_type_tag kTag{0x5be0937ac2814d6f, 0x8e41d92f06b7c35a};

    using SocketHandle::SocketHandle;

    static napi_value Bind(napi_env env, napi_callback_info info) {
        return Name(env, info, bind, "bind(AF_UNIX)", false);
    }

    static napi_value Connect(napi_env env, napi_callback_info info) {
        return Name(env, info, connect, "connect(AF_UNIX)", true);
    }

    static napi_value SendTo(napi_env env, napi_callback_info info) {
        const Arguments arguments(env, info);
        auto* self = Unwrap<DatagramHandle>(env, arguments.self());
        uint8_t* data;
        size_t length;
        Text to;
        PassedFds fds;
        if (self == nullptr || !arguments.ReadBytes(0, &data, &length) ||
            !ReadText(env, arguments[1], &to) || !ReadFds(env, arguments[2], &fds)) {
            return nullptr;
        }
        Address receiver;
        const bool hasReceiver = to.length != 0;
        Failure failure = hasReceiver ? ParseUnixName(to, &receiver) : Failure{};
        if (!failure) {
            failure = Send(self->fd(), data, length, hasReceiver ? &receiver : nullptr, fds);
        }
        if (failure.error == EAGAIN && self->is_connected_ && !hasReceiver) {
            self->SetEvents(UV_READABLE | UV_WRITABLE);
        }
        return ToValue(env, failure);
    }

    static napi_value Start(napi_env env, napi_callback_info info) {
        const Arguments arguments(env, info);
        auto* self = Unwrap<DatagramHandle>(env, arguments.self());
        uint8_t* data;
        size_t length;
        uint32_t maxFds;
        if (self == nullptr || !arguments.ReadBytes(kBuffer, &data, &length) ||
            !arguments.ReadFunction(kOnMessage) || !arguments.ReadFunction(kOnFailure) ||
            !arguments.ReadFunction(kOnWritable) ||
            !arguments.ReadNumber(kMaxFdsPosition, &maxFds)) {
            return nullptr;
        }
        self->max_fds_ = maxFds < kMaxFds ? maxFds : kMaxFds;
        return ToValue(env, self->Watch(arguments, UV_READABLE, kMaxFdsPosition));
    }

  private:
    enum { kBuffer, kOnMessage, kOnFailure, kOnWritable, kMaxFdsPosition };

    static napi_value Name(napi_env env, napi_callback_info info,
                           int (*call)(int, const sockaddr*, socklen_t), const char* step,
                           bool connects) {
        const Arguments arguments(env, info);
        auto* self = Unwrap<DatagramHandle>(env, arguments.self());
        Text name;
        if (self == nullptr || !ReadText(env, arguments[0], &name)) {
            return nullptr;
        }
        Address address;
        Failure failure = ParseUnixName(name, &address);
        if (!failure && call(self->fd(), address.get(), address.length) != 0) {
            failure = LastError(step);
        }
        self->is_connected_ = self->is_connected_ || (connects && !failure);
        return ToValue(env, failure);
    }

    void OnReady(int events, bool hasError) override {
        if ((events & UV_WRITABLE) != 0 || hasError) {
            if (const Failure failure = SetEvents(UV_READABLE)) {
                Report(failure, true);
                return;
            }
        }
        if ((events & UV_WRITABLE) != 0) {
            Call(kOnWritable, {});
        }
        for (int i = 0; i < kMaxPerTurn && ReceiveOne(); i++) {
        }
    }

    /// False when there is nothing more, or the socket is closed.
    bool ReceiveOne() {
        uint8_t* buffer;
        size_t space, length = 0;
        if (!KeptBytes(kBuffer, &buffer, &space)) {
            return false;
        }
        Address sender;
        PassedFds fds;
        const Failure failure = Receive(fd(), buffer, space, max_fds_, &length, &sender, &fds);
        if (failure.error == EAGAIN) {
            return false;
        }
        if (failure.error == EINTR) {
            return true;
        }
        if (failure) {
            const bool isFatal = !IsPassing(failure.error);
            Report(failure, isFatal);
            return !isFatal;
        }
        Deliver(length, sender, fds);
        return true;
    }

    void Deliver(size_t length, const Address& sender, const PassedFds& fds) {
        Text from;
        FormatUnixName(sender, &from);
        napi_value count, name, array;
        napi_create_uint32(env(), static_cast<uint32_t>(length), &count);
        napi_create_string_utf8(env(), from.data, from.length, &name);
        napi_create_array_with_length(env(), fds.count, &array);
        for (size_t i = 0; i < fds.count; i++) {
            napi_value value;
            napi_create_int32(env(), fds.values[i], &value);
            napi_set_element(env(), array, static_cast<uint32_t>(i), value);
        }
        Call(kOnMessage, {count, name, array});
    }

    void Report(const Failure& failure, bool isFatal) {
        napi_value fatal;
        napi_get_boolean(env(), isFatal, &fatal);
        Call(kOnFailure, {ToValue(env(), failure), fatal});
    }

    size_t max_fds_ = 0;
    bool is_connected_ = false;
};

} // namespace

napi_value OpenDatagram(napi_env env, napi_callback_info) {
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return ToValue(env, LastError("socket(AF_UNIX)"));
    }
    napi_value object = SocketHandle::Wrap<DatagramHandle>(env, fd);
    return object != nullptr && AddMethods(env, object,
                                           {{"bind", DatagramHandle::Bind},
                                            {"connect", DatagramHandle::Connect},
                                            {"send", DatagramHandle::SendTo},
                                            {"start", DatagramHandle::Start}})
               ? object
               : nullptr;
}

} // namespace tuntap2::sockets
