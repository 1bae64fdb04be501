// What every watched socket has in common: a JavaScript object that owns one descriptor, which is
// polled on the event loop of the object's environment. Everything runs on that environment's
// thread.
//
// While it is watched the object is kept alive and keeps the loop alive. `Close` ends both and may
// be called from inside a callback; nothing calls back after it. An object that is dropped without
// `close` is closed by the garbage collector, one that is left open by its environment's end (a
// worker's `terminate` included).

#pragma once

#include <unistd.h>
#include <uv.h>

#include <new>

#include "node_api.h"
#include "socket_values.h"
#include "watch.h"

namespace tuntap2::sockets {

class SocketHandle : private addon::Watch::Owner {
  public:
    SocketHandle(napi_env env, int fd) : env_(env), fd_(fd) {}
    virtual ~SocketHandle();
    SocketHandle(const SocketHandle&) = delete;
    SocketHandle& operator=(const SocketHandle&) = delete;

    /// Makes a `T` that owns `fd` and the JavaScript object, with a `close` method, that owns the
    /// `T`. On failure the descriptor is closed and nullptr returned.
    template <typename T> static napi_value Wrap(napi_env env, int fd, T** out = nullptr) {
        T* handle = new (std::nothrow) T(env, fd);
        if (handle == nullptr) {
            close(fd);
            return nullptr;
        }
        if (out != nullptr) {
            *out = handle;
        }
        return handle->WrapTagged(&T::kTag);
    }

    /// The native side of a method's `this`; nullptr with a pending exception if it is something
    /// else.
    template <typename T> static T* Unwrap(napi_env env, napi_value self) {
        return static_cast<T*>(UnwrapTagged(env, self, &T::kTag));
    }

    void Close();

  protected:
    static constexpr size_t kMaxKept = 4;

    napi_env env() const { return env_; }
    int fd() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }

    /// Starts polling for UV_READABLE or UV_WRITABLE. Keeps `this` and the first `count` arguments
    /// alive: the functions for `Call` and a buffer.
    Failure Watch(const Arguments& arguments, int events, size_t count) {
        return Watch(arguments.self(), arguments, events, 0, count);
    }
    Failure Watch(napi_value self, const Arguments& arguments, int events, size_t first,
                  size_t count);
    /// Changes the events polled for; also resumes after an error condition, which ends polling.
    Failure SetEvents(int events);

    /// The bytes of a kept Uint8Array. False when no longer watched.
    bool KeptBytes(size_t i, uint8_t** data, size_t* length);

    /// Calls a kept function. What it throws is an uncaught exception. The socket may be closed
    /// afterwards.
    void Call(size_t i, std::initializer_list<napi_value> arguments);

    /// Closes, then calls for the last time.
    void CloseAndCall(size_t i, napi_value argument);

    /// Gives the descriptor away; `Close` then leaves it open.
    int ReleaseDescriptor();

    /// `hasError`: the descriptor is in an error condition and polling has ended. A handle scope is
    /// open.
    virtual void OnReady(int events, bool hasError) = 0;

  private:
    void OnEvents(int events, bool hasError) override;
    void OnEnvironmentEnd() override { Close(); }
    static SocketHandle* UnwrapTagged(napi_env env, napi_value self, const napi_type_tag* tag);
    napi_value WrapTagged(const napi_type_tag* tag);
    void StopWatching();

    napi_env env_;
    int fd_;
    addon::Watch* watch_ = nullptr;
    /// Strong only while watched.
    napi_ref self_ = nullptr;
    napi_ref kept_[kMaxKept] = {};
};

} // namespace tuntap2::sockets
