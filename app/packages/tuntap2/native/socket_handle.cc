#include "socket_handle.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>

namespace tuntap2::sockets {

// The loop refers to its handle until the close callback has run, which may be after the socket
// object is gone. So the poll is an allocation of its own, which frees itself then. Its cleanup
// hook makes the end of an environment wait for that.
struct SocketHandle::Poll {
    SocketHandle* owner;
    napi_async_cleanup_hook_handle hook = nullptr;
    /// Its size comes from the running libuv, which may be newer than our header.
    uv_poll_t* handle = nullptr;
    bool isClosing = false;

    ~Poll() { free(handle); }

    void Close() {
        owner = nullptr;
        if (isClosing) {
            return;
        }
        isClosing = true;
        uv_close(reinterpret_cast<uv_handle_t*>(handle), [](uv_handle_t* closed) {
            Poll* poll = static_cast<Poll*>(closed->data);
            napi_remove_async_cleanup_hook(poll->hook);
            delete poll;
        });
    }

    static void OnEvents(uv_poll_t* handle, int status, int events) {
        SocketHandle* owner = static_cast<Poll*>(handle->data)->owner;
        napi_handle_scope scope;
        if (owner == nullptr || napi_open_handle_scope(owner->env_, &scope) != napi_ok) {
            return;
        }
        // Keeps the object, and with it the owner, alive if a callback closes it.
        napi_value self;
        napi_get_reference_value(owner->env_, owner->self_, &self);
        const napi_env env = owner->env_;
        owner->OnEvents(events, status < 0);
        napi_close_handle_scope(env, scope);
    }

    static void OnEnvironmentEnd(napi_async_cleanup_hook_handle, void* data) {
        Poll* poll = static_cast<Poll*>(data);
        if (poll->owner != nullptr) {
            poll->owner->Close();
        }
    }
};

SocketHandle::~SocketHandle() {
    Close();
}

napi_value SocketHandle::WrapTagged(const napi_type_tag* tag) {
    napi_value object;
    if (napi_create_object(env_, &object) == napi_ok &&
        napi_wrap(
            env_, object, this,
            [](napi_env, void* data, void*) { delete static_cast<SocketHandle*>(data); }, nullptr,
            nullptr) == napi_ok) {
        // From here on the finalizer deletes this.
        const auto close = [](napi_env env, napi_callback_info info) -> napi_value {
            const Arguments arguments(env, info);
            void* data = nullptr;
            if (napi_unwrap(env, arguments.self(), &data) == napi_ok) {
                static_cast<SocketHandle*>(data)->Close();
            }
            return nullptr;
        };
        return napi_type_tag_object(env_, object, tag) == napi_ok &&
                       AddMethods(env_, object, {{"close", close}})
                   ? object
                   : nullptr;
    }
    delete this;
    return nullptr;
}

SocketHandle* SocketHandle::UnwrapTagged(napi_env env, napi_value self, const napi_type_tag* tag) {
    bool isOurs = false;
    void* data = nullptr;
    if (napi_check_object_type_tag(env, self, tag, &isOurs) != napi_ok || !isOurs ||
        napi_unwrap(env, self, &data) != napi_ok) {
        napi_throw_type_error(env, "ERR_INVALID_THIS", "not called on the socket it belongs to");
        return nullptr;
    }
    return static_cast<SocketHandle*>(data);
}

Failure SocketHandle::Watch(napi_value self, const Arguments& arguments, int events, size_t first,
                            size_t count) {
    if (!is_open()) {
        return {EBADF, "uv_poll_init"};
    }
    if (poll_ != nullptr) {
        return {EALREADY, "uv_poll_init"};
    }
    uv_loop_t* loop = nullptr;
    Poll* poll = new (std::nothrow) Poll{this};
    if (poll == nullptr || napi_get_uv_event_loop(env_, &loop) != napi_ok) {
        delete poll;
        return {ENOMEM, "uv_poll_init"};
    }
    poll->handle =
        static_cast<uv_poll_t*>(calloc(1, std::max(sizeof(uv_poll_t), uv_handle_size(UV_POLL))));
    const int status = poll->handle == nullptr ? -ENOMEM : uv_poll_init(loop, poll->handle, fd_);
    if (status != 0) {
        delete poll;
        return {-status, "uv_poll_init"};
    }
    poll->handle->data = poll;
    napi_add_async_cleanup_hook(env_, Poll::OnEnvironmentEnd, poll, &poll->hook);
    poll_ = poll;
    napi_create_reference(env_, self, 1, &self_);
    for (size_t i = 0; i < count; i++) {
        napi_create_reference(env_, arguments[first + i], 1, &kept_[i]);
    }
    const Failure failure = SetEvents(events);
    if (failure) {
        StopWatching();
    }
    return failure;
}

Failure SocketHandle::SetEvents(int events) {
    if (poll_ == nullptr) {
        return {};
    }
    const int status = uv_poll_start(poll_->handle, events, Poll::OnEvents);
    return status == 0 ? Failure{} : Failure{-status, "uv_poll_start"};
}

bool SocketHandle::KeptBytes(size_t i, uint8_t** data, size_t* length) {
    napi_value value;
    void* start = nullptr;
    if (poll_ == nullptr || napi_get_reference_value(env_, kept_[i], &value) != napi_ok ||
        napi_get_typedarray_info(env_, value, nullptr, length, &start, nullptr, nullptr) !=
            napi_ok) {
        return false;
    }
    *data = static_cast<uint8_t*>(start);
    return true;
}

void SocketHandle::Call(size_t i, std::initializer_list<napi_value> arguments) {
    napi_value self, function;
    if (poll_ != nullptr && napi_get_reference_value(env_, self_, &self) == napi_ok &&
        napi_get_reference_value(env_, kept_[i], &function) == napi_ok) {
        Invoke(self, function, arguments.begin(), arguments.size());
    }
}

void SocketHandle::CloseAndCall(size_t i, napi_value argument) {
    napi_value self, function;
    if (poll_ != nullptr && napi_get_reference_value(env_, self_, &self) == napi_ok &&
        napi_get_reference_value(env_, kept_[i], &function) == napi_ok) {
        Close();
        Invoke(self, function, &argument, 1);
    }
}

void SocketHandle::Invoke(napi_value self, napi_value function, const napi_value* arguments,
                          size_t count) {
    if (napi_make_callback(env_, nullptr, self, function, count, arguments, nullptr) ==
        napi_pending_exception) {
        napi_value exception;
        napi_get_and_clear_last_exception(env_, &exception);
        napi_fatal_exception(env_, exception);
    }
}

void SocketHandle::StopWatching() {
    if (poll_ == nullptr) {
        return;
    }
    poll_->Close();
    poll_ = nullptr;
    napi_delete_reference(env_, self_);
    self_ = nullptr;
    for (napi_ref& kept : kept_) {
        if (kept != nullptr) {
            napi_delete_reference(env_, kept);
            kept = nullptr;
        }
    }
}

int SocketHandle::ReleaseDescriptor() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
}

void SocketHandle::Close() {
    // Polling ends before the descriptor is closed: its number may be taken again at once.
    StopWatching();
    if (is_open()) {
        close(fd_);
        fd_ = -1;
    }
}

} // namespace tuntap2::sockets
