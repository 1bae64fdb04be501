// The device functions as JavaScript sees them: argument checks and results, nothing else. What is
// exported is declared in src/native-devices.ts.

#include "devices.h"

#include <cstring>
#include <net/if.h>

#include "device.h"
#include "packet_port.h"
#include "socket_values.h"
#include "state.h"
#include "tun_port.h"

namespace tuntap2 {

namespace {

using sockets::Arguments;
using sockets::ReadProperty;
using sockets::Text;

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

bool ReadState(napi_env env, napi_value array, double** state) {
    napi_typedarray_type type;
    size_t length = 0;
    void* data = nullptr;
    bool isTypedArray = false;
    if (napi_is_typedarray(env, array, &isTypedArray) != napi_ok || !isTypedArray ||
        napi_get_typedarray_info(env, array, &type, &length, &data, nullptr, nullptr) != napi_ok ||
        type != napi_float64_array || length < kStateSlots) {
        napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", "expected a Float64Array");
        return false;
    }
    *state = static_cast<double*>(data);
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
    if (device == nullptr || !ReadSlice(env, arguments, 0, false, &slice))
        return nullptr;
    if (slice.length < device->min_read_space()) {
        return Refuse(env, "readBatch needs minReadSpace free bytes");
    }
    return Number(env, device->Read(slice.data, slice.length));
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

/// The object for an opened port, or its failure.
napi_value MakeDevice(napi_env env, Failure failure, UniqueFd fd, std::unique_ptr<Port> port,
                      napi_value array, double* state, const uint8_t* mac, bool joins) {
    if (failure)
        return sockets::ToValue(env, failure);
    Device* device = nullptr;
    napi_value object = Device::Wrap<Device>(env, fd.Release(), &device);
    if (object == nullptr)
        return sockets::ToValue(env, {ENOMEM, "napi_wrap"});
    if (!device->Attach(std::move(port), array, state, mac, joins)) {
        device->Close();
        return sockets::ToValue(env, {ENOMEM, "new"});
    }
    bool complete = sockets::AddMethods(env, object,
                                        {{"start", Start},
                                         {"readBatch", ReadBatch},
                                         {"writeBatch", WriteBatch},
                                         {"sendFrame", SendFrame},
                                         {"readControl", ReadControl},
                                         {"setPeer", SetPeer},
                                         {"pause", Pause},
                                         {"resume", Resume},
                                         {"checkLink", CheckLink},
                                         {"failure", GetFailure},
                                         {"minReadSpace", MinReadSpace},
                                         {"close", Close}});
    return complete ? object : nullptr;
}

/// Adds what the kernel told about the interface.
bool Describe(napi_env env, napi_value object, const char* name, unsigned index) {
    napi_value text, number;
    return napi_create_string_utf8(env, name, NAPI_AUTO_LENGTH, &text) == napi_ok &&
           napi_create_uint32(env, index, &number) == napi_ok &&
           napi_set_named_property(env, object, "name", text) == napi_ok &&
           napi_set_named_property(env, object, "index", number) == napi_ok;
}

/// openTun(options, state, mac)
napi_value OpenTun(napi_env env, napi_callback_info info) {
    Arguments arguments(env, info);
    Text node, name;
    TunRequest request = {};
    double* state;
    uint8_t* mac;
    size_t macLength;
    napi_value options = arguments[0];
    if (!ReadProperty(env, options, "node", &node) || !ReadProperty(env, options, "name", &name) ||
        !ReadProperty(env, options, "tap", &request.tap) ||
        !ReadProperty(env, options, "offload", &request.offload) ||
        !ReadProperty(env, options, "persist", &request.persist) ||
        !ReadProperty(env, options, "owner", &request.owner) ||
        !ReadProperty(env, options, "group", &request.group) ||
        !ReadState(env, arguments[1], &state) || !arguments.ReadBytes(2, &mac, &macLength)) {
        return nullptr;
    }
    if (macLength != 6)
        return Refuse(env, "a MAC address has 6 bytes");
    request.node = node.data;
    request.name = name.data;
    UniqueFd fd;
    std::unique_ptr<Port> port;
    char given[IFNAMSIZ] = {};
    Failure failure = TunPort::Open(request, &fd, given, &port);
    napi_value object = MakeDevice(env, failure, std::move(fd), std::move(port), arguments[1],
                                   state, mac, request.offload);
    if (object == nullptr || failure)
        return object;
    return Describe(env, object, given, if_nametoindex(given)) ? object : nullptr;
}

/// openEthernet(options, state, mac); the interface's address is stored in `mac`.
napi_value OpenEthernet(napi_env env, napi_callback_info info) {
    Arguments arguments(env, info);
    Text name;
    PacketRequest request = {};
    bool offload;
    double* state;
    uint8_t* mac;
    size_t macLength;
    napi_value options = arguments[0];
    if (!ReadProperty(env, options, "name", &name) ||
        !ReadProperty(env, options, "offload", &offload) ||
        !ReadProperty(env, options, "receiveBufferBytes", &request.receive_buffer) ||
        !ReadProperty(env, options, "sendBufferBytes", &request.send_buffer) ||
        !ReadState(env, arguments[1], &state) || !arguments.ReadBytes(2, &mac, &macLength)) {
        return nullptr;
    }
    if (macLength != 6)
        return Refuse(env, "a MAC address has 6 bytes");
    request.name = name.data;
    UniqueFd fd;
    std::unique_ptr<Port> port;
    EthernetIdentity identity = {};
    Failure failure = PacketPort::Open(request, &fd, &identity, &port);
    memcpy(mac, identity.mac, sizeof identity.mac);
    napi_value object = MakeDevice(env, failure, std::move(fd), std::move(port), arguments[1],
                                   state, identity.mac, offload);
    if (object == nullptr || failure)
        return object;
    return Describe(env, object, request.name, static_cast<unsigned>(identity.index)) ? object
                                                                                      : nullptr;
}

} // namespace

bool RegisterDevices(napi_env env, napi_value exports) {
    return sockets::AddMethods(env, exports,
                               {{"openTun", OpenTun}, {"openEthernet", OpenEthernet}});
}

} // namespace tuntap2
