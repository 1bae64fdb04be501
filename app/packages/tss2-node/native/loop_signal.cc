#include "loop_signal.h"

#include <algorithm>
#include <cstdlib>
#include <new>

namespace tss2node {

LoopSignal* LoopSignal::Start(napi_env env, Owner* owner) {
    uv_loop_t* loop = nullptr;
    LoopSignal* signal = new (std::nothrow) LoopSignal(env, owner);
    if (signal == nullptr || napi_get_uv_event_loop(env, &loop) != napi_ok) {
        delete signal;
        return nullptr;
    }
    // Its size comes from the running libuv, which may be newer than our header.
    signal->handle_ =
        static_cast<uv_async_t*>(calloc(1, std::max(sizeof(uv_async_t), uv_handle_size(UV_ASYNC))));
    if (signal->handle_ == nullptr || uv_async_init(loop, signal->handle_, OnAsync) != 0) {
        delete signal;
        return nullptr;
    }
    signal->handle_->data = signal;
    uv_unref(reinterpret_cast<uv_handle_t*>(signal->handle_));
    napi_add_async_cleanup_hook(env, OnCleanup, signal, &signal->hook_);
    return signal;
}

LoopSignal::~LoopSignal() {
    free(handle_);
}

void LoopSignal::KeepAlive(bool isNeeded) {
    uv_handle_t* handle = reinterpret_cast<uv_handle_t*>(handle_);
    isNeeded ? uv_ref(handle) : uv_unref(handle);
}

void LoopSignal::Close() {
    owner_ = nullptr;
    if (isClosing_) {
        return;
    }
    isClosing_ = true;
    uv_close(reinterpret_cast<uv_handle_t*>(handle_), [](uv_handle_t* closed) {
        LoopSignal* signal = static_cast<LoopSignal*>(closed->data);
        napi_remove_async_cleanup_hook(signal->hook_);
        delete signal;
    });
}

void LoopSignal::OnAsync(uv_async_t* handle) {
    LoopSignal* signal = static_cast<LoopSignal*>(handle->data);
    napi_handle_scope scope;
    if (signal->owner_ == nullptr || napi_open_handle_scope(signal->env_, &scope) != napi_ok) {
        return;
    }
    const napi_env env = signal->env_;
    signal->owner_->OnSignal();
    napi_close_handle_scope(env, scope);
}

void LoopSignal::OnCleanup(napi_async_cleanup_hook_handle, void* data) {
    LoopSignal* signal = static_cast<LoopSignal*>(data);
    if (signal->owner_ != nullptr) {
        signal->owner_->OnEnvironmentEnd();
    }
    signal->Close();
}

} // namespace tss2node
