// NETLINK_ROUTE sockets (netlink(7)): bytes in, bytes out. The messages are read in
// src/rtnetlink-messages.ts.

#include "socket_netlink.h"

#include <linux/netlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "socket_handle.h"

namespace tuntap2::sockets {

namespace {

/// What the kernel packs into one datagram at most (NLMSG_GOODSIZE is 8 KiB; dumps may use 32).
constexpr size_t kMaxDatagram = 32 * 1024;
/// A whole answer: the links or addresses of a machine that has some ten thousand of them.
constexpr size_t kMaxAnswer = 8 * 1024 * 1024;

Failure OpenRouteSocket(uint32_t groups, int* fd) {
    *fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
    if (*fd < 0) {
        return LastError("socket(NETLINK_ROUTE)");
    }
    sockaddr_nl local = {};
    local.nl_family = AF_NETLINK;
    local.nl_groups = groups;
    if (bind(*fd, reinterpret_cast<sockaddr*>(&local), sizeof local) != 0) {
        const Failure failure = LastError("bind(AF_NETLINK)");
        close(*fd);
        return failure;
    }
    return {};
}

/// Receives one datagram. A length of 0 with no failure: not from the kernel, to be skipped.
Failure Receive(int fd, uint8_t* buffer, size_t space, size_t* length) {
    sockaddr_nl sender = {};
    iovec part = {buffer, space};
    msghdr message = {};
    message.msg_name = &sender;
    message.msg_namelen = sizeof sender;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    const ssize_t received = recvmsg(fd, &message, MSG_DONTWAIT);
    if (received < 0) {
        return LastError("recvmsg(AF_NETLINK)");
    }
    if ((message.msg_flags & MSG_TRUNC) != 0) {
        // Messages are lost, as when the kernel's queue is full.
        return {ENOBUFS, "recvmsg(AF_NETLINK)"};
    }
    *length = sender.nl_pid == 0 ? static_cast<size_t>(received) : 0;
    return {};
}

class NetlinkHandle final : public SocketHandle {
  public:
    static constexpr napi_type_tag kTag{0x1f64b0c97d5e4ab8, 0xb1c27e8890d34f06};

    using SocketHandle::SocketHandle;

    static napi_value Start(napi_env env, napi_callback_info info) {
        const Arguments arguments(env, info);
        auto* self = Unwrap<NetlinkHandle>(env, arguments.self());
        uint8_t* data;
        size_t length;
        if (self == nullptr || !arguments.ReadBytes(0, &data, &length) ||
            !arguments.ReadFunction(1) || !arguments.ReadFunction(2)) {
            return nullptr;
        }
        if (length < kMaxDatagram) {
            return ToValue(env, {EMSGSIZE, "recvmsg(AF_NETLINK)"});
        }
        return ToValue(env, self->Watch(arguments, UV_READABLE, 3));
    }

  private:
    enum { kBuffer, kOnBurst, kOnFailure };

    void OnReady(int, bool hasError) override {
        uint8_t* buffer;
        size_t space;
        if (!KeptBytes(kBuffer, &buffer, &space)) {
            return;
        }
        size_t used = 0;
        Failure failure = Drain(buffer, space, &used);
        if (hasError && !failure) {
            // The error condition, an overflow, is cleared by receiving.
            failure = SetEvents(UV_READABLE);
        }
        if (used != 0) {
            napi_value count;
            napi_create_uint32(env(), static_cast<uint32_t>(used), &count);
            Call(kOnBurst, {count});
        }
        if (failure) {
            Call(kOnFailure, {ToValue(env(), failure)});
        } else if (has_overflowed_ && is_empty_) {
            has_overflowed_ = false;
            Call(kOnFailure, {ToValue(env(), {ENOBUFS, "recvmsg(AF_NETLINK)"})});
        }
    }

    /// Receives until the buffer is full or the socket empty. An overflow is only noted: from the
    /// first message lost until the socket is empty the kernel drops more without a word, so it
    /// must not be reported before that.
    Failure Drain(uint8_t* buffer, size_t space, size_t* used) {
        is_empty_ = false;
        while (space - *used >= kMaxDatagram) {
            size_t length = 0;
            const Failure failure = Receive(fd(), buffer + *used, space - *used, &length);
            if (failure.error == EAGAIN) {
                is_empty_ = true;
                break;
            }
            if (failure.error == ENOBUFS) {
                has_overflowed_ = true;
            } else if (failure && failure.error != EINTR) {
                return failure;
            }
            // The next datagram's first message starts on a boundary of four, like every message.
            const size_t padded = NLMSG_ALIGN(length);
            memset(buffer + *used + length, 0, padded - length);
            *used += padded;
        }
        return {};
    }

    bool is_empty_ = false;
    bool has_overflowed_ = false;
};

enum class Part { kLast, kMoreToCome };

/// Looks through one datagram of an answer for what the kernel says about the answer itself.
Failure ReadStatus(const uint8_t* bytes, size_t length, Part* part) {
    *part = Part::kLast;
    nlmsghdr header;
    for (size_t at = 0; length - at >= sizeof header; at += NLMSG_ALIGN(header.nlmsg_len)) {
        memcpy(&header, bytes + at, sizeof header);
        if (header.nlmsg_len < sizeof header || header.nlmsg_len > length - at) {
            return {EPROTO, "recvmsg(AF_NETLINK)"};
        }
        if ((header.nlmsg_flags & NLM_F_DUMP_INTR) != 0) {
            return {EINTR, "rtnetlink dump"};
        }
        const bool isDone = header.nlmsg_type == NLMSG_DONE;
        const bool hasMore = (header.nlmsg_flags & NLM_F_MULTI) != 0 && !isDone;
        *part = hasMore ? Part::kMoreToCome : Part::kLast;
        // Both begin with an error number: of the request, or of how the dump ended.
        int error = 0;
        if ((isDone || header.nlmsg_type == NLMSG_ERROR) &&
            header.nlmsg_len >= sizeof header + sizeof error) {
            memcpy(&error, bytes + at + sizeof header, sizeof error);
            return {-error, "rtnetlink request"};
        }
        if (NLMSG_ALIGN(header.nlmsg_len) > length - at) {
            break;
        }
    }
    return {};
}

/// Sends a request and receives its answer, all parts of it. The kernel has queued each part when
/// the send, or the receipt of the part before, returns.
Failure Exchange(const uint8_t* request, size_t requestLength, std::vector<uint8_t>* answer) {
    int fd;
    if (const Failure failure = OpenRouteSocket(0, &fd)) {
        return failure;
    }
    Failure failure;
    if (send(fd, request, requestLength, 0) < 0) {
        failure = LastError("send(AF_NETLINK)");
    }
    size_t used = 0;
    for (Part part = Part::kMoreToCome; !failure && part == Part::kMoreToCome;) {
        if (used + kMaxDatagram > kMaxAnswer) {
            failure = {EMSGSIZE, "rtnetlink dump"};
            break;
        }
        answer->resize(used + kMaxDatagram);
        size_t length = 0;
        failure = Receive(fd, answer->data() + used, kMaxDatagram, &length);
        if (!failure && length != 0) {
            failure = ReadStatus(answer->data() + used, length, &part);
            used += NLMSG_ALIGN(length);
        }
    }
    answer->resize(used);
    close(fd);
    return failure;
}

} // namespace

napi_value OpenNetlink(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    uint32_t groups, receiveBuffer;
    if (!arguments.ReadNumber(0, &groups) || !arguments.ReadNumber(1, &receiveBuffer)) {
        return nullptr;
    }
    int fd;
    if (const Failure failure = OpenRouteSocket(groups, &fd)) {
        return ToValue(env, failure);
    }
    if (receiveBuffer != 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, sizeof receiveBuffer);
    }
    napi_value object = SocketHandle::Wrap<NetlinkHandle>(env, fd);
    return object != nullptr && AddMethods(env, object, {{"start", NetlinkHandle::Start}})
               ? object
               : nullptr;
}

napi_value RequestNetlink(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    uint8_t* request;
    size_t requestLength;
    if (!arguments.ReadBytes(0, &request, &requestLength)) {
        return nullptr;
    }
    std::vector<uint8_t> answer;
    if (const Failure failure = Exchange(request, requestLength, &answer)) {
        return ToValue(env, failure);
    }
    void* copy = nullptr;
    napi_value buffer, result = nullptr;
    if (napi_create_arraybuffer(env, answer.size(), &copy, &buffer) == napi_ok) {
        if (!answer.empty()) {
            memcpy(copy, answer.data(), answer.size());
        }
        napi_create_typedarray(env, napi_uint8_array, answer.size(), buffer, 0, &result);
    }
    return result;
}

} // namespace tuntap2::sockets
