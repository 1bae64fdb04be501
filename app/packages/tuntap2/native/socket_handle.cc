#include "socket_handle.h"

#include <unistd.h>

#include "callback.h"
#include <cerrno>

namespace tuntap2::sockets {

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
    if (watch_ != nullptr) {
        return {EALREADY, "uv_poll_init"};
    }
    int error = 0;
    watch_ = addon::Watch::Start(env_, fd_, this, &error);
    if (watch_ == nullptr) {
        return {error, "uv_poll_init"};
    }
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
    if (watch_ == nullptr) {
        return {};
    }
    const int error = watch_->SetEvents(events);
    return error == 0 ? Failure{} : Failure{error, "uv_poll_start"};
}

bool SocketHandle::KeptBytes(size_t i, uint8_t** data, size_t* length) {
    napi_value value;
    void* start = nullptr;
    if (watch_ == nullptr || napi_get_reference_value(env_, kept_[i], &value) != napi_ok ||
        napi_get_typedarray_info(env_, value, nullptr, length, &start, nullptr, nullptr) !=
            napi_ok) {
        return false;
    }
    *data = static_cast<uint8_t*>(start);
    return true;
}

void SocketHandle::Call(size_t i, std::initializer_list<napi_value> arguments) {
    napi_value self, function;
    if (watch_ != nullptr && napi_get_reference_value(env_, self_, &self) == napi_ok &&
        napi_get_reference_value(env_, kept_[i], &function) == napi_ok) {
        addon::Call(env_, self, function, arguments.size(), arguments.begin());
    }
}

void SocketHandle::CloseAndCall(size_t i, napi_value argument) {
    napi_value self, function;
    if (watch_ != nullptr && napi_get_reference_value(env_, self_, &self) == napi_ok &&
        napi_get_reference_value(env_, kept_[i], &function) == napi_ok) {
        Close();
        addon::Call(env_, self, function, 1, &argument);
    }
}

void SocketHandle::OnEvents(int events, bool hasError) {
    // Keeps the object, and with it this, alive if a callback closes it.
    napi_value self;
    napi_get_reference_value(env_, self_, &self);
    OnReady(events, hasError);
}

void SocketHandle::StopWatching() {
    if (watch_ == nullptr) {
        return;
    }
    watch_->Close();
    watch_ = nullptr;
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
