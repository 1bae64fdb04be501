// Says when endpoint 0 has an event; the caller reads it. The descriptor stays the caller's and
// must outlive the watch.

#include "readable.h"

#include <cerrno>
#include <new>

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

constexpr napi_type_tag kTag{0x1b7c93ae0d584f62, 0xa6e1f0547c2d8b39};

class Readable final : public Watch::Owner {
  public:
    explicit Readable(napi_env env) : env_(env) {}
    ~Readable() { Close(); }

    int Open(uint32_t fd, napi_value onReadable) {
        int error = 0;
        watch_ = Watch::Start(env_, static_cast<int>(fd), this, &error);
        if (watch_ == nullptr) {
            return error;
        }
        if (const int started = watch_->SetEvents(UV_READABLE)) {
            watch_->Close();
            watch_ = nullptr;
            return started;
        }
        napi_create_reference(env_, onReadable, 1, &onReadable_);
        return 0;
    }

    void Close() {
        if (watch_ != nullptr) {
            watch_->Close();
            watch_ = nullptr;
            napi_delete_reference(env_, onReadable_);
        }
    }

    void OnEvents(int, bool hasError) override {
        if (hasError) {
            // The reader's next read says which error it is.
            watch_->SetEvents(UV_READABLE);
        }
        CallKept(env_, onReadable_, nullptr);
    }
    void OnEnvironmentEnd() override { Close(); }

  private:
    napi_env env_;
    Watch* watch_ = nullptr;
    napi_ref onReadable_ = nullptr;
};

napi_value Close(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    bool isOurs = false;
    void* data = nullptr;
    if (napi_check_object_type_tag(env, arguments.self(), &kTag, &isOurs) == napi_ok && isOurs &&
        napi_unwrap(env, arguments.self(), &data) == napi_ok) {
        static_cast<Readable*>(data)->Close();
    }
    return nullptr;
}

} // namespace

napi_value WatchReadable(napi_env env, napi_callback_info info) {
    const Arguments arguments(env, info);
    uint32_t fd;
    if (!arguments.ReadNumber(0, &fd) || !arguments.ReadFunction(1)) {
        return nullptr;
    }
    Readable* readable = new (std::nothrow) Readable(env);
    const int error = readable == nullptr ? ENOMEM : readable->Open(fd, arguments[1]);
    if (error != 0) {
        delete readable;
        return Number(env, error);
    }
    napi_value object;
    const napi_property_descriptor close = {"close", nullptr, Close,        nullptr,
                                            nullptr, nullptr, napi_default, nullptr};
    const auto finalize = [](napi_env, void* data, void*) { delete static_cast<Readable*>(data); };
    if (napi_create_object(env, &object) != napi_ok ||
        napi_define_properties(env, object, 1, &close) != napi_ok ||
        napi_wrap(env, object, readable, finalize, nullptr, nullptr) != napi_ok) {
        delete readable;
        return nullptr;
    }
    return napi_type_tag_object(env, object, &kTag) == napi_ok ? object : nullptr;
}

} // namespace functionfs
