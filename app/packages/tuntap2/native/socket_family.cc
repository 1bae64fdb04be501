// Stream sockets of a family that only some kernels have. Such a family may block in socket() and
// connect() whatever the flags, and may support nothing but connect, send, receive, shutdown and
// poll; Node.js wants more of a descriptor that it adopts.

#include "socket_family.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <new>

#include "socket_address.h"
#include "socket_handle.h"

namespace tuntap2::sockets {

namespace {

struct Attempt {
    napi_async_work work = nullptr;
    napi_ref done = nullptr;
    int family;
    Address address;
    uint32_t timeoutMs;
    int fd = -1;
    Failure failure;

    // On a thread of the pool.
    void Run() {
        fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
        if (fd < 0) {
            failure = LastError("socket");
            return;
        }
        timeval limit = {};
        limit.tv_sec = timeoutMs / 1000;
        limit.tv_usec = static_cast<suseconds_t>(timeoutMs % 1000) * 1000;
        // Where it is not known, the family's own limit holds.
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
        if (connect(fd, address.get(), address.length) != 0) {
            // How the kernel says that the limit has passed.
            failure = errno == EINPROGRESS ? Failure{ETIMEDOUT, "connect"} : LastError("connect");
        } else if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) {
            failure = LastError("fcntl(O_NONBLOCK)");
        }
        if (failure) {
            close(fd);
            fd = -1;
        }
    }

    void Finish(napi_env env) {
        napi_value done_, global, result = ToValue(env, failure);
        if (!failure) {
            napi_create_int32(env, fd, &result);
        }
        napi_get_reference_value(env, done, &done_);
        napi_get_global(env, &global);
        if (napi_call_function(env, global, done_, 1, &result, nullptr) == napi_pending_exception) {
            napi_value exception;
            napi_get_and_clear_last_exception(env, &exception);
            napi_fatal_exception(env, exception);
        }
    }
};

class StreamHandle final : public SocketHandle {
  public:
    static constexpr napi_type_tag kTag{0x62a9d0317be84fc5, 0xb1c7035e9f28ad46};

    using SocketHandle::SocketHandle;

    Failure Start(const Arguments& arguments) {
        return SocketHandle::Watch(arguments, UV_READABLE, 3);
    }

    Failure Events(uint32_t events) {
        return SetEvents(static_cast<int>(events) & (UV_READABLE | UV_WRITABLE));
    }

    napi_value Read() {
        uint8_t* data;
        size_t length;
        if (!KeptBytes(0, &data, &length)) {
            return ToValue(env(), {EBADF, "recv"});
        }
        const ssize_t got = recv(fd(), data, length, MSG_DONTWAIT);
        return Result(got, "recv");
    }

    napi_value Write(const uint8_t* data, size_t length) {
        return Result(send(fd(), data, length, MSG_NOSIGNAL | MSG_DONTWAIT), "send");
    }

    void Shutdown() {
        if (is_open()) {
            shutdown(fd(), SHUT_RDWR);
        }
    }

  private:
    napi_value Result(ssize_t count, const char* step) {
        if (count < 0) {
            return ToValue(env(), LastError(step));
        }
        napi_value result = nullptr;
        napi_create_int64(env(), count, &result);
        return result;
    }

    void OnReady(int events, bool hasError) override {
        // After an error polling has ended; the next read or write says which it was.
        if (hasError || (events & UV_READABLE) != 0) {
            Call(1, {});
        }
        if (hasError || (events & UV_WRITABLE) != 0) {
            Call(2, {});
        }
    }
};

napi_value Start(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    auto* stream = SocketHandle::Unwrap<StreamHandle>(env, arguments.self());
    uint8_t* data;
    size_t length;
    if (stream == nullptr || !arguments.ReadBytes(0, &data, &length) ||
        !arguments.ReadFunction(1) || !arguments.ReadFunction(2)) {
        return nullptr;
    }
    return ToValue(env, stream->Start(arguments));
}

napi_value Watch(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    auto* stream = SocketHandle::Unwrap<StreamHandle>(env, arguments.self());
    uint32_t events;
    return stream != nullptr && arguments.ReadNumber(0, &events)
               ? ToValue(env, stream->Events(events))
               : nullptr;
}

napi_value Read(napi_env env, napi_callback_info info) {
    auto* stream = SocketHandle::Unwrap<StreamHandle>(env, Arguments(env, info).self());
    return stream == nullptr ? nullptr : stream->Read();
}

napi_value Write(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    auto* stream = SocketHandle::Unwrap<StreamHandle>(env, arguments.self());
    uint8_t* data;
    size_t length;
    return stream != nullptr && arguments.ReadBytes(0, &data, &length) ? stream->Write(data, length)
                                                                       : nullptr;
}

napi_value Shutdown(napi_env env, napi_callback_info info) {
    if (auto* stream = SocketHandle::Unwrap<StreamHandle>(env, Arguments(env, info).self())) {
        stream->Shutdown();
    }
    return nullptr;
}

} // namespace

napi_value ConnectFamily(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    auto attempt = std::unique_ptr<Attempt>(new (std::nothrow) Attempt);
    Text text;
    uint32_t family, port;
    if (attempt == nullptr || !arguments.ReadNumber(0, &family) ||
        !ReadText(env, arguments[1], &text) || !arguments.ReadNumber(2, &port) ||
        !arguments.ReadNumber(3, &attempt->timeoutMs) || !arguments.ReadFunction(4)) {
        return nullptr;
    }
    attempt->family = static_cast<int>(family);
    if (const Failure failure = ParseIpAddress(text, port, &attempt->address)) {
        return ToValue(env, failure);
    }
    napi_value name;
    napi_create_string_utf8(env, "connectFamily", NAPI_AUTO_LENGTH, &name);
    const auto execute = [](napi_env, void* data) { static_cast<Attempt*>(data)->Run(); };
    const auto complete = [](napi_env env, napi_status status, void* data) {
        auto done = std::unique_ptr<Attempt>(static_cast<Attempt*>(data));
        if (status == napi_ok) {
            done->Finish(env);
        } else if (done->fd >= 0) {
            close(done->fd);
        }
        napi_delete_reference(env, done->done);
        napi_delete_async_work(env, done->work);
    };
    napi_create_reference(env, arguments[4], 1, &attempt->done);
    if (napi_create_async_work(env, nullptr, name, execute, complete, attempt.get(),
                               &attempt->work) != napi_ok ||
        napi_queue_async_work(env, attempt->work) != napi_ok) {
        return ToValue(env, {ENOMEM, "napi_create_async_work"});
    }
    attempt.release();
    return nullptr;
}

napi_value HasDatagrams(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    uint32_t family;
    if (!arguments.ReadNumber(0, &family)) {
        return nullptr;
    }
    const int fd = socket(static_cast<int>(family), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd >= 0) {
        close(fd);
    } else if (errno == EAFNOSUPPORT) {
        return nullptr;
    }
    napi_value result = nullptr;
    napi_get_boolean(env, fd >= 0, &result);
    return result;
}

napi_value AdoptStream(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    uint32_t fd;
    if (!arguments.ReadNumber(0, &fd)) {
        return nullptr;
    }
    napi_value object = SocketHandle::Wrap<StreamHandle>(env, static_cast<int>(fd));
    return object != nullptr && AddMethods(env, object,
                                           {{"start", Start},
                                            {"watch", Watch},
                                            {"read", Read},
                                            {"write", Write},
                                            {"shutdown", Shutdown}})
               ? object
               : nullptr;
}

} // namespace tuntap2::sockets
