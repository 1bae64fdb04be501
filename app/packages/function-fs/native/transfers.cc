// Transfers on endpoint files through the kernel's asynchronous I/O. Poll and O_NONBLOCK do nothing
// on an enabled endpoint, and a thread per waiting read would be the alternative.
//
// One object owns one context with a fixed number of slots. A slot keeps its buffer alive from
// `queue` until its result was handed over. What `queue` collected, `submit` gives to the kernel in
// one call; what finished is handed over in one call of `onDone`.

#include "transfers.h"

#include <sys/eventfd.h>

#include <memory>
#include <new>
#include <vector>

#include "aio.h"
#include "arguments.h"
#include "callback.h"
#include "values.h"
#include "watch.h"

namespace functionfs {

namespace {

using addon::Arguments;
using addon::CallKept;
using addon::Number;
using addon::Watch;

constexpr napi_type_tag kTag{0x4d2f60c1e5a94b37, 0x8f0ad2c3b1e64975};

struct Slot {
    iocb block;
    /// Of the buffer; nullptr while the slot is free.
    napi_ref buffer;
    bool isSubmitted;
};

class Transfers final : public Watch::Owner {
  public:
    Transfers(napi_env env, uint32_t capacity)
        : env_(env), slots_(capacity), events_(capacity), pending_() {
        pending_.reserve(capacity);
        failed_.reserve(capacity);
    }

    ~Transfers() { Close(); }

    /// 0, or the error number of the step that failed.
    int Open(napi_value results, napi_value onDone) {
        if (const int error = aio::Setup(static_cast<unsigned>(slots_.size()), &context_)) {
            return error;
        }
        eventFd_ = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
        if (eventFd_ < 0) {
            return errno;
        }
        int error = 0;
        watch_ = Watch::Start(env_, eventFd_, this, &error);
        if (watch_ == nullptr) {
            return error;
        }
        if (const int started = watch_->SetEvents(UV_READABLE)) {
            return started;
        }
        napi_create_reference(env_, results, 1, &results_);
        napi_create_reference(env_, onDone, 1, &onDone_);
        return 0;
    }

    bool IsOpen() const { return watch_ != nullptr; }

    bool Queue(uint32_t index, uint32_t fd, bool isWrite, napi_value buffer, uint8_t* start,
               size_t length) {
        if (!IsOpen() || index >= slots_.size() || slots_[index].buffer != nullptr) {
            return false;
        }
        Slot& slot = slots_[index];
        napi_create_reference(env_, buffer, 1, &slot.buffer);
        slot.isSubmitted = false;
        slot.block = {};
        slot.block.aio_data = index;
        slot.block.aio_lio_opcode = isWrite ? IOCB_CMD_PWRITE : IOCB_CMD_PREAD;
        slot.block.aio_fildes = fd;
        slot.block.aio_buf = reinterpret_cast<uintptr_t>(start);
        slot.block.aio_nbytes = length;
        slot.block.aio_flags = IOCB_FLAG_RESFD;
        slot.block.aio_resfd = static_cast<uint32_t>(eventFd_);
        pending_.push_back(&slot.block);
        return true;
    }

    void Submit() {
        size_t at = 0;
        while (IsOpen() && at < pending_.size()) {
            const long taken = aio::Submit(context_, static_cast<long>(pending_.size() - at),
                                           pending_.data() + at);
            if (taken > 0) {
                for (const size_t end = at + static_cast<size_t>(taken); at < end; at++) {
                    slots_[pending_[at]->aio_data].isSubmitted = true;
                }
                continue;
            }
            // The first was refused: its result comes like every other, from the loop.
            failed_.push_back({pending_[at]->aio_data, static_cast<int32_t>(taken)});
            at++;
            const uint64_t one = 1;
            [[maybe_unused]] const ssize_t written = write(eventFd_, &one, sizeof one);
        }
        pending_.clear();
    }

    void Cancel(uint32_t index) {
        if (IsOpen() && index < slots_.size() && slots_[index].buffer != nullptr &&
            slots_[index].isSubmitted) {
            aio::Cancel(context_, &slots_[index].block);
        }
    }

    void Close() {
        if (watch_ != nullptr) {
            watch_->Close();
            watch_ = nullptr;
        }
        if (context_ != 0) {
            // After this the kernel touches no buffer any more.
            aio::Destroy(context_);
            context_ = 0;
        }
        if (eventFd_ >= 0) {
            close(eventFd_);
            eventFd_ = -1;
        }
        for (Slot& slot : slots_) {
            Release(&slot.buffer);
        }
        pending_.clear();
        failed_.clear();
        Release(&results_);
        Release(&onDone_);
    }

    void OnEvents(int, bool hasError) override {
        if (hasError) {
            watch_->SetEvents(UV_READABLE);
        }
        uint64_t count;
        [[maybe_unused]] const ssize_t got = read(eventFd_, &count, sizeof count);
        const long finished =
            aio::Events(context_, static_cast<long>(events_.size()), events_.data());
        int32_t* out = nullptr;
        size_t done = 0;
        napi_value results;
        void* data = nullptr;
        size_t length = 0;
        if (napi_get_reference_value(env_, results_, &results) != napi_ok ||
            napi_get_typedarray_info(env_, results, nullptr, &length, &data, nullptr, nullptr) !=
                napi_ok) {
            return;
        }
        out = static_cast<int32_t*>(data);
        const auto put = [&](uint64_t index, int64_t result) {
            Release(&slots_[index].buffer);
            out[2 * done] = static_cast<int32_t>(index);
            out[2 * done + 1] = static_cast<int32_t>(result);
            done++;
        };
        for (long i = 0; i < finished; i++) {
            put(events_[static_cast<size_t>(i)].data, events_[static_cast<size_t>(i)].res);
        }
        for (const Failed& failed : failed_) {
            put(failed.index, failed.result);
        }
        failed_.clear();
        if (done > 0) {
            // May close this object.
            CallKept(env_, onDone_, Number(env_, static_cast<double>(done)));
        }
    }

    void OnEnvironmentEnd() override { Close(); }

  private:
    struct Failed {
        uint64_t index;
        int32_t result;
    };

    void Release(napi_ref* reference) {
        if (*reference != nullptr) {
            napi_delete_reference(env_, *reference);
            *reference = nullptr;
        }
    }

    napi_env env_;
    // Never resized: the kernel and `pending_` point into it.
    std::vector<Slot> slots_;
    std::vector<io_event> events_;
    std::vector<iocb*> pending_;
    std::vector<Failed> failed_;
    aio_context_t context_ = 0;
    int eventFd_ = -1;
    Watch* watch_ = nullptr;
    napi_ref results_ = nullptr;
    napi_ref onDone_ = nullptr;
};

Transfers* Unwrap(napi_env env, napi_value self) {
    bool isOurs = false;
    void* data = nullptr;
    if (napi_check_object_type_tag(env, self, &kTag, &isOurs) != napi_ok || !isOurs ||
        napi_unwrap(env, self, &data) != napi_ok) {
        napi_throw_type_error(env, "ERR_INVALID_THIS", "not called on transfers");
        return nullptr;
    }
    return static_cast<Transfers*>(data);
}

napi_value Queue(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    Transfers* transfers = Unwrap(env, arguments.self());
    uint32_t index, fd, count;
    bool isWrite;
    uint8_t* data;
    size_t length;
    if (transfers == nullptr || !arguments.ReadNumber(0, &index) || !arguments.ReadNumber(1, &fd) ||
        !arguments.ReadBool(2, &isWrite) || !arguments.ReadBytes(3, &data, &length) ||
        !arguments.ReadNumber(4, &count)) {
        return nullptr;
    }
    if (count > length || !transfers->Queue(index, fd, isWrite, arguments[3], data, count)) {
        napi_throw_range_error(env, "ERR_OUT_OF_RANGE",
                               "no such slot, in use, or buffer too small");
    }
    return nullptr;
}

napi_value Submit(napi_env env, napi_callback_info info) {
    if (Transfers* transfers = Unwrap(env, Arguments(env, info).self())) {
        transfers->Submit();
    }
    return nullptr;
}

napi_value Cancel(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    Transfers* transfers = Unwrap(env, arguments.self());
    uint32_t index;
    if (transfers != nullptr && arguments.ReadNumber(0, &index)) {
        transfers->Cancel(index);
    }
    return nullptr;
}

napi_value Close(napi_env env, napi_callback_info info) {
    if (Transfers* transfers = Unwrap(env, Arguments(env, info).self())) {
        transfers->Close();
    }
    return nullptr;
}

} // namespace

napi_value OpenTransfers(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    uint32_t capacity;
    int32_t* results;
    size_t length;
    if (!arguments.ReadNumber(0, &capacity) || !arguments.ReadNumbers(1, &results, &length) ||
        !arguments.ReadFunction(2)) {
        return nullptr;
    }
    if (capacity == 0 || capacity > 1024 || length < 2 * static_cast<size_t>(capacity)) {
        napi_throw_range_error(env, "ERR_OUT_OF_RANGE", "1 to 1024 slots, two results for each");
        return nullptr;
    }
    auto transfers = std::unique_ptr<Transfers>(new (std::nothrow) Transfers(env, capacity));
    const int error = transfers == nullptr ? ENOMEM : transfers->Open(arguments[1], arguments[2]);
    if (error != 0) {
        return Number(env, error);
    }
    napi_value object;
    const napi_property_descriptor methods[] = {
        {"queue", nullptr, Queue, nullptr, nullptr, nullptr, napi_default, nullptr},
        {"submit", nullptr, Submit, nullptr, nullptr, nullptr, napi_default, nullptr},
        {"cancel", nullptr, Cancel, nullptr, nullptr, nullptr, napi_default, nullptr},
        {"close", nullptr, Close, nullptr, nullptr, nullptr, napi_default, nullptr},
    };
    const auto finalize = [](napi_env, void* data, void*) { delete static_cast<Transfers*>(data); };
    if (napi_create_object(env, &object) != napi_ok ||
        napi_define_properties(env, object, 4, methods) != napi_ok ||
        napi_wrap(env, object, transfers.get(), finalize, nullptr, nullptr) != napi_ok) {
        return nullptr;
    }
    // The finalizer deletes it from here on.
    transfers.release();
    return napi_type_tag_object(env, object, &kTag) == napi_ok ? object : nullptr;
}

} // namespace functionfs
