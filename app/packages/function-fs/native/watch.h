// A descriptor that is watched for input on the event loop of an environment. The loop refers to
// its handle until the close callback has run, so the watch is an allocation of its own, which
// frees itself then.

#pragma once

#include <uv.h>

#include "node_api.h"

namespace functionfs {

class Watch {
  public:
    class Owner {
      public:
        /// The descriptor can be read. A handle scope is open.
        virtual void OnReadable() = 0;
        /// The environment ends: everything must be let go before this returns.
        virtual void OnEnvironmentEnd() = 0;

      protected:
        ~Owner() = default;
    };

    /// nullptr on failure, with the error number in `error`.
    static Watch* Start(napi_env env, int fd, Owner* owner, int* error);

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
    bool isClosing_ = false;
};

/// Calls a function kept in `callback`; what it throws is an uncaught exception.
void CallKept(napi_env env, napi_ref callback, napi_value argument);

} // namespace functionfs
