#pragma once

#include "node_api.h"

namespace tuntap2::sockets {

/// openNetlink(groups, receiveBufferBytes): a handle with `start(buffer, onBurst, onFailure)`, or a
/// failure.
napi_value OpenNetlink(napi_env env, napi_callback_info info);

/// requestNetlink(request): the answer's bytes, or a failure.
napi_value RequestNetlink(napi_env env, napi_callback_info info);

} // namespace tuntap2::sockets
