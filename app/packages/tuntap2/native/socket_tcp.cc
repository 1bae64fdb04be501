// Sockets that leave the machine: TCP connections, UDP and the route probe, all with the mark set
// before the kernel looks for a route.

#include "socket_tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "socket_address.h"
#include "socket_handle.h"

namespace tuntap2::sockets {

namespace {

struct ConnectOptions {
    Text address, device, source;
    uint32_t port, mark, keepAliveIdle, keepAliveInterval, keepAliveProbes, userTimeoutMs,
        notSentLowWaterBytes;
    bool noDelay;

    bool Read(napi_env env, napi_value object) {
        return ReadProperty(env, object, "address", &address) &&
               ReadProperty(env, object, "port", &port) &&
               ReadProperty(env, object, "mark", &mark) &&
               ReadProperty(env, object, "device", &device) &&
               ReadProperty(env, object, "source", &source) &&
               ReadProperty(env, object, "keepAliveIdle", &keepAliveIdle) &&
               ReadProperty(env, object, "keepAliveInterval", &keepAliveInterval) &&
               ReadProperty(env, object, "keepAliveProbes", &keepAliveProbes) &&
               ReadProperty(env, object, "userTimeoutMs", &userTimeoutMs) &&
               ReadProperty(env, object, "notSentLowWaterBytes", &notSentLowWaterBytes) &&
               ReadProperty(env, object, "noDelay", &noDelay);
    }
};

Failure SetOption(int fd, int level, int option, uint32_t value, const char* step) {
    if (value != 0 && setsockopt(fd, level, option, &value, sizeof value) != 0) {
        return LastError(step);
    }
    return {};
}

Failure SetMark(int fd, uint32_t mark) {
    return SetOption(fd, SOL_SOCKET, SO_MARK, mark, "setsockopt(SO_MARK)");
}

Failure SetDevice(int fd, const Text& device) {
    if (device.length != 0 && setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, device.data,
                                         static_cast<socklen_t>(device.length)) != 0) {
        return LastError("setsockopt(SO_BINDTODEVICE)");
    }
    return {};
}

Failure SetSource(int fd, const Text& source) {
    if (source.length == 0) {
        return {};
    }
    Address address;
    if (const Failure failure = ParseIpAddress(source, 0, &address)) {
        return failure;
    }
    // The port is chosen by connect(), which can use one for several destinations.
    const int late = 1;
    setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &late, sizeof late);
    return bind(fd, address.get(), address.length) == 0 ? Failure{} : LastError("bind");
}

Failure SetTcpOptions(int fd, const ConnectOptions& o) {
    const bool keepAlive =
        o.keepAliveIdle != 0 || o.keepAliveInterval != 0 || o.keepAliveProbes != 0;
    const struct {
        int level, option;
        uint32_t value;
        const char* step;
    } options[] = {
        {SOL_SOCKET, SO_KEEPALIVE, keepAlive, "setsockopt(SO_KEEPALIVE)"},
        {IPPROTO_TCP, TCP_KEEPIDLE, o.keepAliveIdle, "setsockopt(TCP_KEEPIDLE)"},
        {IPPROTO_TCP, TCP_KEEPINTVL, o.keepAliveInterval, "setsockopt(TCP_KEEPINTVL)"},
        {IPPROTO_TCP, TCP_KEEPCNT, o.keepAliveProbes, "setsockopt(TCP_KEEPCNT)"},
        {IPPROTO_TCP, TCP_USER_TIMEOUT, o.userTimeoutMs, "setsockopt(TCP_USER_TIMEOUT)"},
        {IPPROTO_TCP, TCP_NOTSENT_LOWAT, o.notSentLowWaterBytes, "setsockopt(TCP_NOTSENT_LOWAT)"},
        {IPPROTO_TCP, TCP_NODELAY, o.noDelay, "setsockopt(TCP_NODELAY)"},
    };
    for (const auto& [level, option, value, step] : options) {
        if (const Failure failure = SetOption(fd, level, option, value, step)) {
            return failure;
        }
    }
    return {};
}

/// A connection attempt under way.
class ConnectHandle final : public SocketHandle {
  public:
    static constexpr napi_type_tag kTag{0x8d1c6e5b7f0a4c21, 0x9a3be0d45c7718f2};

    using SocketHandle::SocketHandle;

    Failure Start(napi_value self, const ConnectOptions& options, const Address& address,
                  const Arguments& arguments) {
        if (const Failure failure = SetMark(fd(), options.mark)) {
            return failure;
        }
        if (const Failure failure = SetDevice(fd(), options.device)) {
            return failure;
        }
        if (const Failure failure = SetSource(fd(), options.source)) {
            return failure;
        }
        if (const Failure failure = SetTcpOptions(fd(), options)) {
            return failure;
        }
        if (connect(fd(), address.get(), address.length) != 0 && errno != EINPROGRESS) {
            return LastError("connect");
        }
        // Also when it is connected already: `done` never comes from inside the call.
        return Watch(self, arguments, UV_WRITABLE, 1, 1);
    }

  private:
    void OnReady(int, bool) override {
        Failure failure{0, "connect"};
        socklen_t length = sizeof failure.error;
        if (getsockopt(fd(), SOL_SOCKET, SO_ERROR, &failure.error, &length) != 0) {
            failure = LastError("getsockopt(SO_ERROR)");
        }
        napi_value result = ToValue(env(), failure);
        if (!failure) {
            // Node.js takes the descriptor into the loop inside the callback, when our poll is off
            // it.
            napi_create_int32(env(), ReleaseDescriptor(), &result);
        }
        CloseAndCall(0, result);
    }
};

Failure LocalAddressTowards(const Address& remote, uint32_t mark, Text* out) {
    const int fd = socket(remote.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return LastError("socket");
    }
    Address local;
    local.length = sizeof local.storage;
    Failure failure = SetMark(fd, mark);
    if (!failure && connect(fd, remote.get(), remote.length) != 0) {
        failure = LastError("connect");
    }
    if (!failure && getsockname(fd, local.get(), &local.length) != 0) {
        failure = LastError("getsockname");
    }
    close(fd);
    return failure ? failure : FormatIpAddress(local, out);
}

} // namespace

napi_value ConnectTcp(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    ConnectOptions options;
    if (!options.Read(env, arguments[0]) || !arguments.ReadFunction(1)) {
        return nullptr;
    }
    Address address;
    if (const Failure failure = ParseIpAddress(options.address, options.port, &address)) {
        return ToValue(env, failure);
    }
    const int fd = socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return ToValue(env, LastError("socket"));
    }
    ConnectHandle* handle = nullptr;
    napi_value object = SocketHandle::Wrap(env, fd, &handle);
    if (object == nullptr) {
        return nullptr;
    }
    if (const Failure failure = handle->Start(object, options, address, arguments)) {
        handle->Close();
        return ToValue(env, failure);
    }
    return object;
}

napi_value OpenUdp(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    uint32_t version, mark;
    if (!arguments.ReadNumber(0, &version) || !arguments.ReadNumber(1, &mark)) {
        return nullptr;
    }
    const int family = version == 6 ? AF_INET6 : AF_INET;
    const int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return ToValue(env, LastError("socket"));
    }
    if (const Failure failure = SetMark(fd, mark)) {
        close(fd);
        return ToValue(env, failure);
    }
    napi_value result = nullptr;
    napi_create_int32(env, fd, &result);
    return result;
}

napi_value ProbeRoute(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    Text text, local;
    uint32_t port, mark;
    if (!ReadText(env, arguments[0], &text) || !arguments.ReadNumber(1, &port) ||
        !arguments.ReadNumber(2, &mark)) {
        return nullptr;
    }
    Address remote;
    Failure failure = ParseIpAddress(text, port, &remote);
    if (!failure) {
        failure = LocalAddressTowards(remote, mark, &local);
    }
    if (failure) {
        return ToValue(env, failure);
    }
    napi_value result = nullptr;
    napi_create_string_utf8(env, local.data, local.length, &result);
    return result;
}

} // namespace tuntap2::sockets
