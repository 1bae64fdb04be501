#include "socket_address.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace tuntap2::sockets {

namespace {

Failure ParseZone(const char* zone, uint32_t* index) {
    char* end = nullptr;
    const unsigned long number = strtoul(zone, &end, 10);
    if (zone[0] >= '0' && zone[0] <= '9' && *end == '\0' && number > 0 && number <= INT32_MAX) {
        *index = static_cast<uint32_t>(number);
        return {};
    }
    *index = if_nametoindex(zone);
    return *index == 0 ? Failure{ENODEV, "if_nametoindex"} : Failure{};
}

} // namespace

Failure ParseIpAddress(const Text& text, uint32_t port, Address* out) {
    const Failure notAnAddress{EINVAL, "inet_pton"};
    if (strlen(text.data) != text.length || port > UINT16_MAX) {
        return notAnAddress;
    }
    auto* v4 = reinterpret_cast<sockaddr_in*>(&out->storage);
    if (inet_pton(AF_INET, text.data, &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(static_cast<uint16_t>(port));
        out->length = sizeof *v4;
        return {};
    }

    Text literal = text;
    char* zone = strchr(literal.data, '%');
    if (zone != nullptr) {
        *zone++ = '\0';
    }
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&out->storage);
    if (inet_pton(AF_INET6, literal.data, &v6->sin6_addr) != 1) {
        return notAnAddress;
    }
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<uint16_t>(port));
    out->length = sizeof *v6;
    return zone == nullptr ? Failure{} : ParseZone(zone, &v6->sin6_scope_id);
}

Failure FormatIpAddress(const Address& address, Text* out) {
    const void* bytes =
        address.family() == AF_INET6
            ? static_cast<const void*>(
                  &reinterpret_cast<const sockaddr_in6*>(&address.storage)->sin6_addr)
            : &reinterpret_cast<const sockaddr_in*>(&address.storage)->sin_addr;
    if (inet_ntop(address.family(), bytes, out->data, sizeof out->data) == nullptr) {
        return LastError("inet_ntop");
    }
    out->length = strlen(out->data);
    return {};
}

Failure ParseUnixName(const Text& text, Address* out) {
    auto* name = reinterpret_cast<sockaddr_un*>(&out->storage);
    const bool isAbstract = text.data[0] == '@';
    // A path needs its terminating zero inside the field; an abstract name fills it.
    if (text.length > sizeof name->sun_path - (isAbstract ? 0 : 1)) {
        return {ENAMETOOLONG, "sockaddr_un"};
    }
    if (text.length == 0 || (!isAbstract && strlen(text.data) != text.length)) {
        return {EINVAL, "sockaddr_un"};
    }
    name->sun_family = AF_UNIX;
    memcpy(name->sun_path, text.data, text.length);
    if (isAbstract) {
        name->sun_path[0] = '\0';
    }
    out->length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.length +
                                         (isAbstract ? 0 : 1));
    return {};
}

void FormatUnixName(const Address& address, Text* out) {
    const auto* name = reinterpret_cast<const sockaddr_un*>(&address.storage);
    const size_t header = offsetof(sockaddr_un, sun_path);
    out->length = address.length > header ? address.length - header : 0;
    if (out->length == 0) {
        return;
    }
    memcpy(out->data, name->sun_path, out->length);
    if (out->data[0] == '\0') {
        out->data[0] = '@';
    } else {
        out->length = strnlen(out->data, out->length);
    }
}

} // namespace tuntap2::sockets
