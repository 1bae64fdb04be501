#include "watch.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>

namespace addon {

Watch* Watch::Start(napi_env env, int fd, Owner* owner, int* error) {
    uv_loop_t* loop = nullptr;
    Watch* watch = new (std::nothrow) Watch(env, owner);
    *error = ENOMEM;
    if (watch == nullptr || napi_get_uv_event_loop(env, &loop) != napi_ok) {
        delete watch;
        return nullptr;
    }
    // Its size comes from the running libuv, which may be newer than our header.
    watch->handle_ =
        static_cast<uv_poll_t*>(calloc(1, std::max(sizeof(uv_poll_t), uv_handle_size(UV_POLL))));
    const int status = watch->handle_ == nullptr ? -ENOMEM : uv_poll_init(loop, watch->handle_, fd);
    if (status != 0) {
        *error = -status;
        delete watch;
        return nullptr;
    }
    watch->handle_->data = watch;
    napi_add_async_cleanup_hook(env, OnCleanup, watch, &watch->hook_);
    return watch;
}

Watch::~Watch() {
    free(handle_);
}

void Watch::Close() {
    owner_ = nullptr;
    if (isClosing_) {
        return;
    }
    isClosing_ = true;
    uv_close(reinterpret_cast<uv_handle_t*>(handle_), [](uv_handle_t* closed) {
        Watch* watch = static_cast<Watch*>(closed->data);
        // The environment's end waits for this.
        napi_remove_async_cleanup_hook(watch->hook_);
        delete watch;
    });
}

int Watch::SetEvents(int events) {
    if (isClosing_ || events == events_) {
        return 0;
    }
    const int status =
        events == 0 ? uv_poll_stop(handle_) : uv_poll_start(handle_, events, OnEvents);
    if (status == 0) {
        events_ = events;
    }
    return -status;
}

void Watch::OnEvents(uv_poll_t* handle, int status, int events) {
    Watch* watch = static_cast<Watch*>(handle->data);
    napi_handle_scope scope;
    if (watch->owner_ == nullptr || napi_open_handle_scope(watch->env_, &scope) != napi_ok) {
        return;
    }
    const napi_env env = watch->env_;
    const bool hasError = status < 0;
    if (hasError) {
        // libuv has stopped watching.
        watch->events_ = 0;
        events = UV_READABLE | UV_WRITABLE;
    }
    watch->owner_->OnEvents(events, hasError);
    napi_close_handle_scope(env, scope);
}

void Watch::OnCleanup(napi_async_cleanup_hook_handle, void* data) {
    Watch* watch = static_cast<Watch*>(data);
    if (watch->owner_ != nullptr) {
        watch->owner_->OnEnvironmentEnd();
    }
    watch->Close();
}

} // namespace addon
