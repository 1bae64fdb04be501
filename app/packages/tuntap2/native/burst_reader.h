// From the kernel's frames to a burst: takes frames from a port, sets control frames aside,
// finishes checksums, cuts super-packets, and lays the packets into the caller's memory, each
// behind its 2-byte length.
//
// While more comes than the caller takes, the packets go through a FlowQueue, if the reader has
// one: the kernel's queue is emptied into it, so that the flows' shares, and not the order of
// arrival, decide which packets wait and which are dropped. Where the kernel's queue is short,
// though it is never empty, because frames pass quickly, they keep the order of arrival: sorting
// costs two copies, and would spare no flow a wait.

#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>

#include "control_queue.h"
#include "flow_queue.h"
#include "pace.h"
#include "port.h"
#include "segment.h"

namespace tuntap2 {

class BurstReader {
  public:
    using Clock = Microseconds (*)();

    /// `state` has kStateSlots numbers. `mac` is our own address, for a port with Ethernet headers.
    BurstReader(Port* port, double* state, const uint8_t* mac);

    /// From now on waiting packets are sorted by flow.
    void Sort(std::unique_ptr<FlowQueue> queue, Clock clock);

    /// Fills `out` and returns the bytes; `failure` is set when the device is beyond use. Once
    /// `most` bytes are there it stops. What does not fit stays for the next call, and kPending is
    /// set.
    size_t Read(uint8_t* out, size_t space, size_t most, Failure* failure);

    /// Takes what the kernel has without handing data out: it waits in the FlowQueue, or in the
    /// kernel when there is none. Control frames are set aside, and so are, on a port without
    /// Ethernet headers, packets that do not leave the link.
    void Gather(Failure* failure);

    /// Bytes of space that always allow progress, one super-packet of full-size segments included.
    size_t MinSpace() const;

    /// nullptr: unknown.
    void SetPeer(const uint8_t* mac);
    void SetMac(const uint8_t* mac) { memcpy(mac_, mac, sizeof mac_); }
    /// Call at intervals while kThinning is set: a flow that has stopped brings nothing to read.
    void Relent();

    ControlQueue& control() { return control_; }

  private:
    enum class Stage { kUntouched, kWhole, kSegments };

    size_t ReadInOrder(uint8_t* out, size_t space, size_t most, Failure* failure);
    size_t ReadSorted(uint8_t* out, size_t space, size_t most, Failure* failure);
    bool GatherPackets(size_t most, Microseconds now, Failure* failure);
    size_t Enqueue(Microseconds now);
    void EnqueuePacket(const uint8_t* packet, size_t length, Microseconds now);
    void WatchBacklog();
    void JudgePace(Microseconds now);
    void BeginSorting(Microseconds now);
    void PublishDrops();
    void ThinFloods(Microseconds now, bool isEmptied);
    bool IsReady();
    size_t NextLength() const;
    void CountRead(size_t length);
    bool Deliver(uint8_t* out, size_t space, size_t* used);
    size_t ReceiveLimit(size_t taken, size_t room, size_t wanted) const;
    Stage Prepare(Received& frame);
    Stage PreparePacket(VnetHeader header, uint8_t* packet, size_t available);
    bool IsData(const Received& frame) const;
    void SetAside(Received& frame);
    void Finish();

    static constexpr size_t kMaxFrames = 64;
    /// Room that makes taking one more frame worthwhile: it rarely has to be kept back then.
    static constexpr size_t kRoomForPacket = 2 + 2048;
    static constexpr size_t kRoomForSuperPacket = 72 * 1024;
    /// A queue in the kernel that has not been empty for this long is not a passing burst.
    static constexpr Microseconds kPatience = 5000;
    /// For how long the pace is watched before it is judged.
    static constexpr Microseconds kPaceWindow = 20000;
    /// Packets gathered before each sorted burst: more than the burst has, so that the kernel's
    /// queue runs empty, few enough that receiving does not take the time of sending.
    static constexpr size_t kGatheredPerRead = 128;
    /// Packets gathered while nothing is handed out.
    static constexpr size_t kGatheredAlone = 2048;

    Port* port_;
    double* state_;
    uint8_t mac_[6];
    uint8_t peer_[6];
    bool has_peer_ = false;
    /// Super-packets arrived lately, so room for one is kept.
    bool expects_super_packets_ = false;

    Received frames_[Port::kMaxReceive];
    size_t next_ = 0; ///< The first frame not handed out.
    size_t count_ = 0;
    Stage stage_ = Stage::kUntouched;
    const uint8_t* packet_ = nullptr; ///< In stage kWhole.
    size_t length_ = 0;
    Segmenter segmenter_;
    ControlQueue control_;

    std::unique_ptr<FlowQueue> queue_;
    Clock clock_ = nullptr;
    /// The kernel has not yet taken the last rules.
    bool owes_rules_ = false;
    bool is_sorting_ = false;
    /// Sorting ends with what is in the queue: frames pass quickly.
    bool is_settled_ = false;
    double kernel_dropped_ = 0;
    Pace pace_; ///< Runs since the kernel's queue was last empty, or the pace was last judged.
    std::unique_ptr<uint8_t[]> segment_; ///< One cut packet on its way into the queue.
};

} // namespace tuntap2
