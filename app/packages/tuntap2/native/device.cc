#include "device.h"

#include <ctime>
#include <new>
#include <sys/random.h>
#include <uv.h>

#include "state.h"

namespace tuntap2 {

namespace {

/// Chosen by measurement: docs/decisions/edge-queue.md.
constexpr FlowQueue::Settings kQueueSettings = {4 << 20, {20000, 100000}, 200000};

Microseconds Now() {
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<Microseconds>(now.tv_sec) * 1000000 +
           static_cast<Microseconds>(now.tv_nsec) / 1000;
}

} // namespace

const napi_type_tag Device::kTag = {0x3d1f0b6a5c944e27, 0x9b7ae8d2601f4c35};

Device::~Device() {
    Leave();
    if (state_array_ != nullptr)
        napi_delete_reference(env(), state_array_);
}

bool Device::Attach(std::unique_ptr<Port> port, napi_value array, double* state, const uint8_t* mac,
                    bool joins) {
    port_ = std::move(port);
    state_ = state;
    reader_.reset(new (std::nothrow) BurstReader(port_.get(), state, mac));
    writer_.reset(new (std::nothrow) BurstWriter(port_.get(), state, mac, joins));
    return reader_ && writer_ && napi_create_reference(env(), array, 1, &state_array_) == napi_ok;
}

bool Device::Sort() {
    // Node.js itself needs random numbers before this, so the kernel has them.
    HashKey key;
    if (getrandom(&key, sizeof key, 0) != static_cast<ssize_t>(sizeof key))
        return false;
    std::unique_ptr<FlowQueue> queue(new (std::nothrow) FlowQueue(kQueueSettings));
    if (!queue || !queue->Open(key))
        return false;
    reader_->Sort(std::move(queue), Now);
    return true;
}

Failure Device::Start(const sockets::Arguments& arguments) {
    armed_ = WantedEvents();
    return Watch(arguments, armed_, 3);
}

size_t Device::Read(uint8_t* out, size_t space, size_t most) {
    if (!IsUsable())
        return 0;
    Failure failure;
    size_t used = reader_->Read(out, space, most, &failure);
    if (failure)
        Fail(failure);
    return used;
}

void Device::Gather() {
    if (!IsUsable())
        return;
    Failure failure;
    reader_->Gather(&failure);
    if (failure)
        Fail(failure);
}

BurstWriter::Result Device::Write(const uint8_t* burst, size_t length, size_t* consumed) {
    *consumed = length;
    if (!IsUsable())
        return BurstWriter::Result::kFailed;
    Failure failure;
    return Settle(writer_->Write(burst, length, consumed, &failure), failure);
}

BurstWriter::Result Device::SendFrame(const uint8_t* frame, size_t length) {
    if (!IsUsable())
        return BurstWriter::Result::kFailed;
    Failure failure;
    return Settle(writer_->SendFrame(frame, length, &failure), failure);
}

BurstWriter::Result Device::Settle(BurstWriter::Result result, const Failure& failure) {
    if (result == BurstWriter::Result::kBlocked) {
        is_blocked_ = true;
        ApplyEvents();
    } else if (result == BurstWriter::Result::kFailed) {
        Fail(failure);
    }
    return result;
}

/// The caller of a method learns of it by kFailed and reports it to its user later.
void Device::Fail(const Failure& failure) {
    SetEvents(0);
    failure_ = failure;
    state_[kFailed] = 1;
}

void Device::Resume() {
    is_paused_ = false;
    ApplyEvents();
}

void Device::SetPeer(const uint8_t* mac) {
    reader_->SetPeer(mac);
    writer_->SetPeer(mac);
}

void Device::SetMac(const uint8_t* mac) {
    reader_->SetMac(mac);
    writer_->SetMac(mac);
}

Failure Device::SetKnown(const uint8_t* mac) {
    return IsUsable() ? port_->SetKnown(mac) : Failure{};
}

Failure Device::CheckLink() {
    if (!IsUsable())
        return {};
    Failure failure = port_->TakeError();
    if (failure) {
        Fail(failure);
    } else {
        state_[kDown] = port_->IsDown() ? 1 : 0;
    }
    return failure;
}

void Device::Leave() {
    if (is_open() && port_)
        port_->Leave();
}

int Device::WantedEvents() const {
    return (is_paused_ ? 0 : UV_READABLE) | (is_blocked_ ? UV_WRITABLE : 0);
}

/// Every change costs system calls, so nothing is changed before it matters (see `Pause`).
void Device::ApplyEvents() {
    int wanted = WantedEvents();
    if (wanted == armed_ || failure_)
        return;
    armed_ = wanted;
    SetEvents(wanted);
}

void Device::OnReady(int events, bool hasError) {
    if (hasError && !Recover())
        return;
    if (is_blocked_ && (events & UV_WRITABLE)) {
        is_blocked_ = false;
        ApplyEvents();
        Call(kOnWritable, {});
        if (!IsUsable())
            return;
    }
    if (is_paused_) {
        // Only now that something came is it worth to stop polling.
        ApplyEvents();
    } else if (hasError || (events & UV_READABLE)) {
        Call(kOnReadable, {});
    }
}

/// True when the error is one that passes and polling goes on.
bool Device::Recover() {
    Failure failure = CheckLink();
    if (failure) {
        Call(kOnFailure, {sockets::ToValue(env(), failure)});
        return false;
    }
    armed_ = WantedEvents();
    SetEvents(armed_);
    return true;
}

} // namespace tuntap2
