// A descriptor that is watched on the event loop of an environment. The loop refers to its handle
// until the close callback has run, so the watch is an allocation of its own, which frees itself
// then.

#pragma once

#include <uv.h>

#include "node_api.h"

namespace addon {

class Watch {
  public:
    class Owner {
      public:
        /// UV_READABLE and UV_WRITABLE; both with `hasError`, an error of the descriptor that the
        /// next call on it names. That ends watching until `SetEvents`. A handle scope is open.
        virtual void OnEvents(int events, bool hasError) = 0;
        /// The environment ends: everything must be freed before this returns.
        virtual void OnEnvironmentEnd() = 0;

      protected:
        ~Owner() = default;
    };

    /// nullptr on failure, with the error number in `error`. Watches for nothing yet.
    static Watch* Start(napi_env env, int fd, Owner* owner, int* error);

    /// 0: none. Only while there are some does the watch keep the event loop going. Returns an
    /// error number, 0 for none.
    int SetEvents(int events);

    /// No call to the owner comes after this.
    void Close();

  private:
    Watch(napi_env env, Owner* owner) : env_(env), owner_(owner) {}
    ~Watch();
    static void OnEvents(uv_poll_t* handle, int status, int events);
    static void OnCleanup(napi_async_cleanup_hook_handle hook, void* data);

    napi_env env_;
    Owner* owner_;
    napi_async_cleanup_hook_handle hook_ = nullptr;
    uv_poll_t* handle_ = nullptr;
    int events_ = 0;
    bool isClosing_ = false;
};

} // namespace addon
