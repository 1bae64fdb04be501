// The functions that open devices: argument checks and results, nothing else. They are declared in
// src/native-devices.ts.

#include "devices.h"

#include <cstring>
#include <net/if.h>

#include "device.h"
#include "device_methods.h"
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

/// The object for an opened port, or its failure.
napi_value MakeDevice(napi_env env, Failure failure, UniqueFd fd, std::unique_ptr<Port> port,
                      napi_value array, double* state, const uint8_t* mac, bool joins, bool sorts) {
    if (failure)
        return sockets::ToValue(env, failure);
    Device* device = nullptr;
    napi_value object = Device::Wrap<Device>(env, fd.Release(), &device);
    if (object == nullptr)
        return sockets::ToValue(env, {ENOMEM, "napi_wrap"});
    if (!device->Attach(std::move(port), array, state, mac, joins) || (sorts && !device->Sort())) {
        device->Close();
        return sockets::ToValue(env, {ENOMEM, "new"});
    }
    return AddDeviceMethods(env, object) ? object : nullptr;
}

/// Adds what the kernel reports about the interface.
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
    bool sorts;
    double* state;
    uint8_t* mac;
    size_t macLength;
    napi_value options = arguments[0];
    if (!ReadProperty(env, options, "node", &node) || !ReadProperty(env, options, "name", &name) ||
        !ReadProperty(env, options, "tap", &request.tap) ||
        !ReadProperty(env, options, "offload", &request.offload) ||
        !ReadProperty(env, options, "fairQueue", &sorts) ||
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
                                   state, mac, request.offload, sorts);
    if (object == nullptr || failure)
        return object;
    return Describe(env, object, given, if_nametoindex(given)) ? object : nullptr;
}

/// openEthernet(options, state, mac); the interface's address is stored in `mac`.
napi_value OpenEthernet(napi_env env, napi_callback_info info) {
    Arguments arguments(env, info);
    Text name;
    PacketRequest request = {};
    bool offload, sorts;
    uint32_t share;
    double* state;
    uint8_t* mac;
    size_t macLength;
    napi_value options = arguments[0];
    if (!ReadProperty(env, options, "name", &name) ||
        !ReadProperty(env, options, "offload", &offload) ||
        !ReadProperty(env, options, "fairQueue", &sorts) ||
        !ReadProperty(env, options, "receiveBufferBytes", &request.receive_buffer) ||
        !ReadProperty(env, options, "sendBufferBytes", &request.send_buffer) ||
        !ReadProperty(env, options, "share", &share) || !ReadState(env, arguments[1], &state) ||
        !arguments.ReadBytes(2, &mac, &macLength)) {
        return nullptr;
    }
    if (macLength != 6)
        return Refuse(env, "a MAC address has 6 bytes");
    if (share >= static_cast<uint32_t>(FrameShare::kEnd))
        return Refuse(env, "there is no such share of the frames");
    request.share = static_cast<FrameShare>(share);
    request.name = name.data;
    UniqueFd fd;
    std::unique_ptr<Port> port;
    EthernetIdentity identity = {};
    Failure failure = PacketPort::Open(request, &fd, &identity, &port);
    memcpy(mac, identity.mac, sizeof identity.mac);
    napi_value object = MakeDevice(env, failure, std::move(fd), std::move(port), arguments[1],
                                   state, identity.mac, offload, sorts);
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
