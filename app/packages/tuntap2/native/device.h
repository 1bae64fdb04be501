// A packet device as an object of JavaScript: a port, the two directions over it, and when to poll.
// The contract of the methods is src/device.ts; src/native-devices.ts is the JavaScript side of
// this class.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "burst_reader.h"
#include "burst_writer.h"
#include "port.h"
#include "socket_handle.h"

namespace tuntap2 {

class Device final : public sockets::SocketHandle {
  public:
    static const napi_type_tag kTag;

    Device(napi_env env, int fd) : SocketHandle(env, fd) {}
    ~Device() override;

    /// Takes the port; `state` is the Float64Array shared with JavaScript. False when memory runs
    /// out.
    bool Attach(std::unique_ptr<Port> port, napi_value array, double* state, const uint8_t* mac,
                bool joins);

    /// Keeps three functions: onReadable, onWritable, onFailure.
    Failure Start(const sockets::Arguments& arguments);

    /// From now on waiting packets are sorted by flow. False when memory runs out.
    bool Sort();

    size_t Read(uint8_t* out, size_t space, size_t most);
    void Gather();
    void Relent() { reader_->Relent(); }
    /// What was consumed; kBroken when the burst ends inside a frame.
    BurstWriter::Result Write(const uint8_t* burst, size_t length, size_t* consumed);
    BurstWriter::Result SendFrame(const uint8_t* frame, size_t length);

    void Pause() { is_paused_ = true; }
    void Resume();
    void SetPeer(const uint8_t* mac);
    void SetMac(const uint8_t* mac);
    Failure SetKnown(const uint8_t* mac);
    /// Whether the interface is gone; brings kDown up to date.
    Failure CheckLink();
    void Leave();

    Failure failure() const { return failure_; }
    ControlQueue& control() { return reader_->control(); }
    size_t min_read_space() const { return reader_->MinSpace(); }

  protected:
    void OnReady(int events, bool hasError) override;

  private:
    enum Callback : size_t { kOnReadable, kOnWritable, kOnFailure };

    bool IsUsable() const { return is_open() && !failure_; }
    int WantedEvents() const;
    void ApplyEvents();
    bool Recover();
    void Fail(const Failure& failure);
    BurstWriter::Result Settle(BurstWriter::Result result, const Failure& failure);

    std::unique_ptr<Port> port_;
    std::unique_ptr<BurstReader> reader_;
    std::unique_ptr<BurstWriter> writer_;
    napi_ref state_array_ = nullptr;
    double* state_ = nullptr;
    Failure failure_;
    int armed_ = 0; ///< Events polled for.
    bool is_paused_ = false;
    bool is_blocked_ = false; ///< The kernel took no more; onWritable is owed.
};

} // namespace tuntap2
