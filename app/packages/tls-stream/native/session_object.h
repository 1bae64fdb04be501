// A session on the event loop of an environment: watches its socket and calls one function with
// what has happened. Everything runs on that environment's thread. The JavaScript object stays
// alive until `Close`, which the end of the environment calls as well; nothing is called after it.

#pragma once

#include <memory>

#include "node_api.h"
#include "session.h"
#include "watch.h"

namespace tlsstream {

/// What the function is called with: a sum of these. The same numbers are in src/native.ts.
enum SessionEvent { kSecure = 1, kReadable = 2, kWritable = 4, kEnded = 8, kDrained = 16 };

class SessionObject final : public addon::Watch::Owner {
  public:
    explicit SessionObject(napi_env env) : env_(env) {}
    ~SessionObject() { Close(); }

    /// 0, or an error number; the session is gone then.
    int Open(std::unique_ptr<Session> session, napi_value self, napi_value onEvent);

    /// nullptr once closed.
    Session* session() { return session_.get(); }

    size_t Read(uint8_t* to, size_t room);
    size_t Write(const uint8_t* from, size_t length);
    void SetReading(bool isReading);
    bool UpdateKeys();
    void Finish();
    /// Idempotent; closes the descriptor.
    void Close();

    void OnEvents(int events, bool hasError) override;
    void OnEnvironmentEnd() override { Close(); }

  private:
    void Watching();
    void ConcludeUnread();

    napi_env env_;
    std::unique_ptr<Session> session_;
    addon::Watch* watch_ = nullptr;
    napi_ref self_ = nullptr;
    napi_ref onEvent_ = nullptr;
    bool isReading_ = false;
    /// The last write was not taken whole.
    bool owesWritable_ = false;
    /// The last write left something pending.
    bool owesDrained_ = false;
};

} // namespace tlsstream
