// A TUN or TAP interface (Linux, Documentation/networking/tuntap.rst): one system call per frame or
// super-packet.

#pragma once

#include <memory>
#include <net/if.h>

#include "fd.h"
#include "port.h"

namespace tuntap2 {

struct TunRequest {
    static constexpr uint32_t kUnchanged = 0xffffffff;

    const char* node;
    const char* name;
    bool tap;
    bool offload;
    uint32_t persist; ///< 0, 1 or kUnchanged.
    uint32_t owner;   ///< User id or kUnchanged.
    uint32_t group;   ///< Group id or kUnchanged.
};

class TunPort final : public Port {
  public:
    /// Opens the node and creates or attaches the interface; its name comes back in `name`.
    static Failure Open(const TunRequest& request, UniqueFd* fd, char (&name)[IFNAMSIZ],
                        std::unique_ptr<Port>* port);

    size_t Receive(size_t max, Received* frames, Failure* failure) override;
    size_t Send(OutMessage* messages, size_t count, int* error) override;
    bool IsGone(int error) const override;
    Failure TakeError() override;
    void Leave() override;
    /// The ring of a TUN, if `ip link` gives it no other length, and what one TCP socket may have
    /// on its way (tcp_wmem): its senders are on this machine.
    Backlog MostWaiting() const override { return {500, 4 << 20}; }
    bool HasEthernet() const override { return tap_; }
    bool HasOffload() const override { return offload_; }

  private:
    TunPort(int fd, bool tap, bool offload) : fd_(fd), tap_(tap), offload_(offload) {}

    int fd_;
    bool tap_;
    bool offload_;
    uint8_t buffer_[kMaxFrameSize + 1];
};

} // namespace tuntap2
