// Wakes the event loop of an environment from another thread. The loop refers to its handle until
// the close callback has run, and the environment's end waits for that.

#pragma once

#include <uv.h>

#include "node_api.h"

namespace tss2node {

class LoopSignal {
  public:
    class Owner {
      public:
        /// On the loop. A handle scope is open.
        virtual void OnSignal() = 0;
        /// On the loop: the environment ends, and no OnSignal comes any more.
        virtual void OnEnvironmentEnd() = 0;

      protected:
        ~Owner() = default;
    };

    /// nullptr on failure. Does not keep the loop alive until KeepAlive(true).
    static LoopSignal* Start(napi_env env, Owner* owner);

    /// From any thread, but not after Close.
    void Send() { uv_async_send(handle_); }
    void KeepAlive(bool isNeeded);
    /// On the loop. No call to the owner comes after this.
    void Close();

  private:
    LoopSignal(napi_env env, Owner* owner) : env_(env), owner_(owner) {}
    ~LoopSignal();
    static void OnAsync(uv_async_t* handle);
    static void OnCleanup(napi_async_cleanup_hook_handle hook, void* data);

    napi_env env_;
    Owner* owner_;
    napi_async_cleanup_hook_handle hook_ = nullptr;
    uv_async_t* handle_ = nullptr;
    bool isClosing_ = false;
};

} // namespace tss2node
