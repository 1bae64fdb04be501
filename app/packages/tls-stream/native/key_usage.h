// How much the keys of a session have protected (RFC 8446 section 5.5): AES-GCM may not encrypt
// more than 2^24.5 full records with one key. Each direction has keys of its own; our key update
// changes those for sending and asks the peer to change its own, which it may do later or never.

#pragma once

#include <cstdint>

namespace tlsstream {

class KeyUsage {
  public:
    /// `records`: after this many in one direction, and after `seconds`, new keys are due. Twice as
    /// many records exhaust them.
    KeyUsage(uint32_t records, uint32_t seconds, uint64_t now)
        : records_(records), seconds_(seconds), changedAt_(now) {}

    void OnSent() { sent_++; }
    void OnReceived() { received_++; }
    void OnSentUpdate(uint64_t now) {
        sent_ = 0;
        changedAt_ = now;
        updatesSent_++;
    }
    void OnReceivedUpdate() {
        received_ = 0;
        isAskedFor_ = false;
        updatesReceived_++;
    }
    /// Our update asks for the peer's.
    void OnAsked() { isAskedFor_ = true; }

    bool is_asked_for() const { return isAskedFor_; }
    bool IsDue(uint64_t now) const {
        return sent_ >= records_ || (received_ >= records_ && !isAskedFor_) ||
               now - changedAt_ >= seconds_;
    }
    bool IsExhausted() const {
        const uint64_t most = 2 * static_cast<uint64_t>(records_);
        return sent_ >= most || received_ >= most;
    }

    uint64_t sent() const { return sent_; }
    uint64_t received() const { return received_; }
    uint32_t updates_sent() const { return updatesSent_; }
    uint32_t updates_received() const { return updatesReceived_; }

  private:
    uint32_t records_;
    uint32_t seconds_;
    uint64_t changedAt_;
    uint64_t sent_ = 0;
    uint64_t received_ = 0;
    uint32_t updatesSent_ = 0;
    uint32_t updatesReceived_ = 0;
    bool isAskedFor_ = false;
};

} // namespace tlsstream
