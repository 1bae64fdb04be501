// The thread of one channel. It takes one job at a time, and may be inside tpm2-tss for as long as
// a TPM takes; no other thread waits for that. Thread and channel share the worker: the last of the
// two frees it, so that a channel can end while its thread still waits for an answer.

#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "connection.h"
#include "loop_signal.h"
#include "operations.h"

namespace tss2node {

struct Result {
    TSS2_RC code = 0;
    std::vector<uint8_t> output;
};

class Worker {
  public:
    /// Threads of this process, among them those that wait for a TPM that never answers.
    static constexpr int kMaxThreads = 32;

    /// nullptr on failure, with the reason in `why`.
    static std::shared_ptr<Worker> Start(const TssLibrary& tss, std::string configuration,
                                         LoopSignal* signal, const char** why);

    /// The former job must be done.
    void Submit(uint32_t operation, std::vector<uint8_t> input);
    /// The result of the job, once.
    bool TakeResult(Result* result);
    /// Everything is released, and no signal comes any more.
    bool HasEnded();
    /// The thread ends after the running job.
    void End();
    /// The signal is closed after this returns.
    void Forget();

  private:
    Worker(const TssLibrary& tss, std::string configuration, LoopSignal* signal)
        : connection_(tss, std::move(configuration)), signal_(signal) {}
    static void* Main(void* self);
    void Run();
    void Signal();

    Connection connection_;
    Operations operations_{&connection_};
    std::mutex mutex_;
    std::condition_variable changed_;
    LoopSignal* signal_;
    uint32_t operation_ = 0;
    std::vector<uint8_t> input_;
    Result result_;
    enum class State { kIdle, kSubmitted, kRunning, kDone } state_ = State::kIdle;
    bool isEnding_ = false;
    bool hasEnded_ = false;
};

} // namespace tss2node
