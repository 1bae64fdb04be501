#include "sockets.h"

#include "socket_datagram.h"
#include "socket_family.h"
#include "socket_netlink.h"
#include "socket_tcp.h"
#include "socket_values.h"

namespace tuntap2 {

bool RegisterSockets(napi_env env, napi_value exports) {
    return sockets::AddMethods(env, exports,
                               {{"connectTcp", sockets::ConnectTcp},
                                {"connectFamily", sockets::ConnectFamily},
                                {"hasDatagrams", sockets::HasDatagrams},
                                {"adoptStream", sockets::AdoptStream},
                                {"openUdp", sockets::OpenUdp},
                                {"probeRoute", sockets::ProbeRoute},
                                {"openNetlink", sockets::OpenNetlink},
                                {"requestNetlink", sockets::RequestNetlink},
                                {"openDatagram", sockets::OpenDatagram}});
}

} // namespace tuntap2
