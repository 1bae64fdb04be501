#include "channel.h"

#include <cstring>
#include <iterator>
#include <memory>
#include <new>
#include <string>

#include "arguments.h"
#include "callback.h"
#include "loop_signal.h"
#include "values.h"
#include "worker.h"

namespace tss2node {

using addon::Arguments;
using addon::Text;
namespace {

constexpr napi_type_tag kTag{0x5c0e7d31b9f24a86, 0xd17ba49e6038cf52};

/// Lives until its object is collected; the object stays while a callback is awaited.
class Channel final : public LoopSignal::Owner {
  public:
    static napi_value Open(napi_env env, const TssLibrary& tss, const std::string& configuration);

    static napi_value Start(napi_env env, napi_callback_info info);
    static napi_value Close(napi_env env, napi_callback_info info);

    void OnSignal() override;
    void OnEnvironmentEnd() override;

  private:
    explicit Channel(napi_env env) : env_(env) {}
    ~Channel() = default;
    static Channel* Unwrap(napi_env env, napi_value self);
    static void OnCollected(napi_env env, void* data, void* hint);
    bool Await(napi_value callback, napi_ref* kept);
    void Release(napi_ref* kept);
    void Call(napi_ref* kept, size_t count, const napi_value* arguments);
    void LetGo();

    napi_env env_;
    LoopSignal* signal_ = nullptr;
    std::shared_ptr<Worker> worker_;
    /// A strong reference to the object while a callback is awaited.
    napi_ref self_ = nullptr;
    uint32_t awaited_ = 0;
    napi_ref done_ = nullptr;
    napi_ref closed_ = nullptr;
};

napi_value Channel::Open(napi_env env, const TssLibrary& tss, const std::string& configuration) {
    const char* why = "out of memory";
    Channel* channel = new (std::nothrow) Channel(env);
    if (channel == nullptr) {
        return Text(env, why);
    }
    channel->signal_ = LoopSignal::Start(env, channel);
    if (channel->signal_ != nullptr) {
        channel->worker_ = Worker::Start(tss, configuration, channel->signal_, &why);
    }
    napi_value object = nullptr;
    const napi_property_descriptor methods[] = {
        {"start", nullptr, Start, nullptr, nullptr, nullptr, napi_default, nullptr},
        {"close", nullptr, Close, nullptr, nullptr, nullptr, napi_default, nullptr},
    };
    if (channel->worker_ == nullptr || napi_create_object(env, &object) != napi_ok ||
        napi_define_properties(env, object, std::size(methods), methods) != napi_ok ||
        napi_type_tag_object(env, object, &kTag) != napi_ok ||
        napi_wrap(env, object, channel, OnCollected, nullptr, &channel->self_) != napi_ok) {
        channel->LetGo();
        delete channel;
        return Text(env, why);
    }
    return object;
}

Channel* Channel::Unwrap(napi_env env, napi_value self) {
    // Other addons wrap objects as well, and a method can be called on any object.
    bool isOurs = false;
    void* data = nullptr;
    if (napi_check_object_type_tag(env, self, &kTag, &isOurs) != napi_ok || !isOurs ||
        napi_unwrap(env, self, &data) != napi_ok || data == nullptr) {
        napi_throw_type_error(env, "ERR_INVALID_THIS", "not a channel");
        return nullptr;
    }
    return static_cast<Channel*>(data);
}

napi_value Channel::Start(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    uint32_t operation = 0;
    uint8_t* data = nullptr;
    size_t length = 0;
    Channel* channel = Unwrap(env, arguments.self());
    if (channel == nullptr || !arguments.ReadNumber(0, &operation) ||
        !arguments.ReadBytes(1, &data, &length) || !arguments.ReadFunction(2)) {
        return nullptr;
    }
    if (channel->worker_ == nullptr || channel->done_ != nullptr || channel->closed_ != nullptr) {
        napi_throw_error(env, "ERR_INVALID_STATE", "the channel is closed or at work");
        return nullptr;
    }
    if (channel->Await(arguments[2], &channel->done_)) {
        channel->worker_->Submit(operation, std::vector<uint8_t>(data, data + length));
    }
    return nullptr;
}

napi_value Channel::Close(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    Channel* channel = Unwrap(env, arguments.self());
    if (channel == nullptr || !arguments.ReadFunction(0)) {
        return nullptr;
    }
    if (channel->worker_ == nullptr || channel->closed_ != nullptr) {
        napi_throw_error(env, "ERR_INVALID_STATE", "the channel is closed");
        return nullptr;
    }
    if (channel->Await(arguments[0], &channel->closed_)) {
        // A TPM that never answers must not keep the process from its end.
        channel->signal_->KeepAlive(channel->done_ == nullptr);
        channel->worker_->End();
    }
    return nullptr;
}

bool Channel::Await(napi_value callback, napi_ref* kept) {
    if (napi_create_reference(env_, callback, 1, kept) != napi_ok) {
        return false;
    }
    uint32_t count;
    napi_reference_ref(env_, self_, &count);
    awaited_++;
    signal_->KeepAlive(true);
    return true;
}

void Channel::Release(napi_ref* kept) {
    if (*kept == nullptr) {
        return;
    }
    napi_delete_reference(env_, *kept);
    *kept = nullptr;
    awaited_--;
    uint32_t count;
    napi_reference_unref(env_, self_, &count);
    if (signal_ != nullptr && awaited_ == 0) {
        signal_->KeepAlive(false);
    }
}

void Channel::Call(napi_ref* kept, size_t count, const napi_value* arguments) {
    napi_value function = nullptr, receiver = nullptr;
    napi_get_reference_value(env_, *kept, &function);
    napi_get_global(env_, &receiver);
    Release(kept);
    if (function != nullptr) {
        addon::Call(env_, receiver, function, count, arguments);
    }
}

void Channel::OnSignal() {
    // The callbacks may run arbitrary code; the object stays meanwhile.
    napi_value object = nullptr;
    napi_get_reference_value(env_, self_, &object);
    Result result;
    if (worker_ != nullptr && done_ != nullptr && worker_->TakeResult(&result)) {
        napi_value arguments[2] = {};
        void* data = nullptr;
        napi_value buffer = nullptr;
        napi_create_uint32(env_, result.code, &arguments[0]);
        napi_create_arraybuffer(env_, result.output.size(), &data, &buffer);
        if (!result.output.empty()) {
            memcpy(data, result.output.data(), result.output.size());
        }
        Wipe(&result.output);
        napi_create_typedarray(env_, napi_uint8_array, result.output.size(), buffer, 0,
                               &arguments[1]);
        Call(&done_, 2, arguments);
    }
    if (worker_ != nullptr && worker_->HasEnded()) {
        LetGo();
        if (closed_ != nullptr) {
            Call(&closed_, 0, nullptr);
        }
    }
}

void Channel::LetGo() {
    if (worker_ != nullptr) {
        worker_->Forget();
        worker_->End();
        worker_.reset();
    }
    if (signal_ != nullptr) {
        signal_->Close();
        signal_ = nullptr;
    }
}

void Channel::OnEnvironmentEnd() {
    LetGo();
}

void Channel::OnCollected(napi_env env, void* data, void*) {
    Channel* channel = static_cast<Channel*>(data);
    channel->LetGo();
    if (channel->self_ != nullptr) {
        napi_delete_reference(env, channel->self_);
    }
    delete channel;
}

} // namespace

napi_value OpenChannel(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    std::string configuration;
    if (!arguments.ReadText(0, &configuration)) {
        return nullptr;
    }
    const char* why = nullptr;
    const TssLibrary* tss = TssLibrary::Load(&why);
    return tss == nullptr ? Text(env, why) : Channel::Open(env, *tss, configuration);
}

} // namespace tss2node
