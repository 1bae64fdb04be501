#include "worker.h"

#include <atomic>
#include <pthread.h>
#include <signal.h>

namespace tss2node {
namespace {

std::atomic<int> threads{0};

} // namespace

std::shared_ptr<Worker> Worker::Start(const TssLibrary& tss, std::string configuration,
                                      LoopSignal* signal, const char** why) {
    if (threads.fetch_add(1) >= kMaxThreads) {
        threads.fetch_sub(1);
        *why = "32 connections of this process are open or still wait for an answer; close some";
        return nullptr;
    }
    std::shared_ptr<Worker> worker(new Worker(tss, std::move(configuration), signal));
    auto* shared = new std::shared_ptr<Worker>(worker);
    // The process's signals are for its main thread.
    sigset_t all, former;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &former);
    pthread_t thread;
    const int status = pthread_create(&thread, nullptr, Main, shared);
    pthread_sigmask(SIG_SETMASK, &former, nullptr);
    if (status != 0) {
        threads.fetch_sub(1);
        delete shared;
        *why = "no thread could be started";
        return nullptr;
    }
    pthread_detach(thread);
    return worker;
}

void* Worker::Main(void* self) {
    auto* shared = static_cast<std::shared_ptr<Worker>*>(self);
    (*shared)->Run();
    delete shared;
    threads.fetch_sub(1);
    return nullptr;
}

void Worker::Run() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
        changed_.wait(lock, [this] { return isEnding_ || state_ == State::kSubmitted; });
        // What was submitted before the end is still done, so that its caller gets an answer.
        if (state_ != State::kSubmitted) {
            break;
        }
        state_ = State::kRunning;
        std::vector<uint8_t> input = std::move(input_);
        lock.unlock();
        Result result;
        result.code = operations_.Run(operation_, input, &result.output);
        Wipe(&input);
        lock.lock();
        result_ = std::move(result);
        state_ = State::kDone;
        Signal();
    }
    lock.unlock();
    operations_.EndSessions();
    connection_.Close();
    lock.lock();
    hasEnded_ = true;
    Signal();
}

void Worker::Signal() {
    if (signal_ != nullptr) {
        signal_->Send();
    }
}

void Worker::Submit(uint32_t operation, std::vector<uint8_t> input) {
    const std::lock_guard<std::mutex> lock(mutex_);
    operation_ = operation;
    input_ = std::move(input);
    state_ = State::kSubmitted;
    changed_.notify_one();
}

bool Worker::TakeResult(Result* result) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (state_ != State::kDone) {
        return false;
    }
    *result = std::move(result_);
    state_ = State::kIdle;
    return true;
}

bool Worker::HasEnded() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return hasEnded_;
}

void Worker::End() {
    const std::lock_guard<std::mutex> lock(mutex_);
    isEnding_ = true;
    changed_.notify_one();
}

void Worker::Forget() {
    const std::lock_guard<std::mutex> lock(mutex_);
    signal_ = nullptr;
}

} // namespace tss2node
