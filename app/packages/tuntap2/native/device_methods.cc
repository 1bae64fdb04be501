#include "device_methods.h"

#include "device.h"
#include "socket_values.h"

namespace tuntap2 {

namespace {

using sockets::Arguments;

napi_value Refuse(napi_env env, const char* message) {
    napi_throw_range_error(env, "ERR_OUT_OF_RANGE", message);
    return nullptr;
}

napi_value Number(napi_env env, size_t value) {
    napi_value result;
    return napi_create_int64(env, static_cast<int64_t>(value), &result) == napi_ok ? result
                                                                                   : nullptr;
}

napi_value Boolean(napi_env env, bool value) {
    napi_value result;
    return napi_get_boolean(env, value, &result) == napi_ok ? result : nullptr;
}

/// A range of a Uint8Array: argument `first`, from the offset that follows it to the given end or
/// the array's.
struct Slice {
    uint8_t* data;
    size_t length;
};

bool ReadSlice(napi_env env, const Arguments& arguments, size_t first, bool hasEnd, Slice* out) {
    uint8_t* data;
    size_t size;
    uint32_t begin;
    if (!arguments.ReadBytes(first, &data, &size) || !arguments.ReadNumber(first + 1, &begin)) {
        return false;
    }
    uint32_t end = static_cast<uint32_t>(size);
    if (hasEnd && !arguments.ReadNumber(first + 2, &end))
        return false;
    if (begin > end || end > size) {
        Refuse(env, "the range does not lie within the buffer");
        return false;
    }
    *out = {data + begin, end - begin};
    return true;
}

bool ReadMac(napi_env env, const Arguments& arguments, size_t i, const uint8_t** mac) {
    napi_valuetype type;
    *mac = nullptr;
    if (napi_typeof(env, arguments[i], &type) == napi_ok && type == napi_undefined)
        return true;
    uint8_t* data;
    size_t length;
    if (!arguments.ReadBytes(i, &data, &length))
        return false;
    if (length != 6) {
        Refuse(env, "a MAC address has 6 bytes");
        return false;
    }
    *mac = data;
    return true;
}

napi_value Start(napi_env env, napi_callback_info info) {
    Arguments arguments(env, info);
    Device* device = Device::Unwrap<Device>(env, arguments.self());
    if (device == nullptr)
        return nullptr;
    for (size_t i = 0; i < 3; i++) {
        if (!arguments.ReadFunction(i))
            return nullptr;
    }
    return sockets::ToValue(env, device->Start(arguments));
}

napi_value ReadBatch(napi_env env, napi_callback_info info) {
    Arguments arguments(env, info);
    Device* device = Device::Unwrap<Device>(env, arguments.self());
    Slice slice;
    uint32_t most;
    if (device == nullptr || !ReadSlice(env, arguments, 0, false, &slice) ||
        !arguments.ReadNumber(2, &most)) {
        return nullptr;
    }
    if (slice.length < device->min_read_space()) {
        return Refuse(env, "readBatch needs minReadSpace free bytes");
    }
    return Number(env, device->Read(slice.data, slice.length, most));
}

napi_value WriteBatch(napi_env env, napi_callback_info info) {
    Arguments arguments(env, info);
    Device* device = Device::Unwrap<Device>(env, arguments.self());
    Slice slice;
    if (device == nullptr || !ReadSlice(env, arguments, 0, true, &slice))
        return nullptr;
    size_t consumed;
    if (device->Write(slice.data, slice.length, &consumed) == BurstWriter::Result::kBroken) {
        return Refuse(env, "the burst ends inside a frame");
    }
    return Number(env, consumed);
}

napi_value SendFrame(napi_env env, napi_callback_info info) {
    Arguments arguments(env, info);
    Device* device = Device::Unwrap<Device>(env, arguments.self());
    uint8_t* frame;
    size_t length;
    if (device == nullptr || !arguments.ReadBytes(0, &frame, &length))
        return nullptr;
    if (length <= kEthernetHeaderSize || length > kMaxFrameSize) {
        return Refuse(env, "an Ethernet frame has 15 to 65549 bytes");
    }
    return Boolean(env, device->SendFrame(frame, length) != BurstWriter::Result::kBlocked);
}

napi_value ReadControl(napi_env env, napi_callback_info info) {
    Arguments arguments(env, info);
    Device* device = Device::Unwrap<Device>(env, arguments.self());
    Slice slice;
    if (device == nullptr || !ReadSlice(env, arguments, 0, false, &slice))
        return nullptr;
    if (slice.length < 2 + ControlQueue::kMaxFrame) {
        return Refuse(env, "readControl needs 2050 free bytes");
    }
    return Number(env, device->control().Drain(slice.data, slice.length));
}

napi_value SetPeer(napi_env env, napi_callback_info info) {
    Arguments arguments(env, info);
    Device* device = Device::Unwrap<Device>(env, arguments.self());
    const uint8_t* mac;
    if (device != nullptr && ReadMac(env, arguments, 0, &mac))
        device->SetPeer(mac);
    return nullptr;
}

napi_value SetMac(napi_env env, napi_callback_info info) {
    Arguments arguments(env, info);
    Device* device = Device::Unwrap<Device>(env, arguments.self());
    const uint8_t* mac;
    if (device == nullptr || !ReadMac(env, arguments, 0, &mac))
        return nullptr;
    if (mac == nullptr)
        return Refuse(env, "an Ethernet interface has a MAC address");
    device->SetMac(mac);
    return nullptr;
}

napi_value SetKnown(napi_env env, napi_callback_info info) {
    Arguments arguments(env, info);
    Device* device = Device::Unwrap<Device>(env, arguments.self());
    const uint8_t* mac;
    if (device == nullptr || !ReadMac(env, arguments, 0, &mac))
        return nullptr;
    return sockets::ToValue(env, device->SetKnown(mac));
}

template <typename Action> napi_value With(napi_env env, napi_callback_info info, Action action) {
    Arguments arguments(env, info);
    Device* device = Device::Unwrap<Device>(env, arguments.self());
    return device == nullptr ? nullptr : action(device);
}

napi_value Pause(napi_env env, napi_callback_info info) {
    return With(env, info, [](Device* device) -> napi_value {
        device->Pause();
        return nullptr;
    });
}

napi_value Resume(napi_env env, napi_callback_info info) {
    return With(env, info, [](Device* device) -> napi_value {
        device->Resume();
        return nullptr;
    });
}

napi_value Gather(napi_env env, napi_callback_info info) {
    return With(env, info, [](Device* device) -> napi_value {
        device->Gather();
        return nullptr;
    });
}

napi_value Relent(napi_env env, napi_callback_info info) {
    return With(env, info, [](Device* device) -> napi_value {
        device->Relent();
        return nullptr;
    });
}

napi_value CheckLink(napi_env env, napi_callback_info info) {
    return With(env, info,
                [env](Device* device) { return sockets::ToValue(env, device->CheckLink()); });
}

napi_value GetFailure(napi_env env, napi_callback_info info) {
    return With(env, info,
                [env](Device* device) { return sockets::ToValue(env, device->failure()); });
}

napi_value MinReadSpace(napi_env env, napi_callback_info info) {
    return With(env, info, [env](Device* device) { return Number(env, device->min_read_space()); });
}

napi_value Close(napi_env env, napi_callback_info info) {
    return With(env, info, [](Device* device) -> napi_value {
        device->Leave();
        device->Close();
        return nullptr;
    });
}

} // namespace

bool AddDeviceMethods(napi_env env, napi_value object) {
    return sockets::AddMethods(env, object,
                               {{"start", Start},
                                {"readBatch", ReadBatch},
                                {"gather", Gather},
                                {"writeBatch", WriteBatch},
                                {"sendFrame", SendFrame},
                                {"readControl", ReadControl},
                                {"setPeer", SetPeer},
                                {"setMac", SetMac},
                                {"setKnown", SetKnown},
                                {"pause", Pause},
                                {"resume", Resume},
                                {"relent", Relent},
                                {"checkLink", CheckLink},
                                {"failure", GetFailure},
                                {"minReadSpace", MinReadSpace},
                                {"close", Close}});
}

} // namespace tuntap2
