// Textual addresses to the kernel's and back.

#pragma once

#include <sys/socket.h>

#include "socket_values.h"

namespace tuntap2::sockets {

struct Address {
    sockaddr_storage storage = {};
    /// The length that belongs to the family: the kernel refuses a shorter one for IPv6.
    socklen_t length = 0;

    int family() const { return storage.ss_family; }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

/// IPv4 or IPv6 literal, the latter with an optional `%zone` (interface name or index).
Failure ParseIpAddress(const Text& text, uint32_t port, Address* out);

/// Without port and zone.
Failure FormatIpAddress(const Address& address, Text* out);

/// A path, or an abstract name if it starts with `@` (unix(7)).
Failure ParseUnixName(const Text& text, Address* out);

/// Empty for a socket without a name.
void FormatUnixName(const Address& address, Text* out);

} // namespace tuntap2::sockets
