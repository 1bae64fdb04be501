#include "tun_port.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <new>
#include <sys/ioctl.h>

// Linux 6.2; older kernels answer EINVAL and are asked again without.
#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

namespace tuntap2 {

namespace {

Failure Control(int fd, unsigned long request, unsigned long value, const char* step) {
    return ioctl(fd, request, value) == 0 ? Failure{} : sockets::LastError(step);
}

/// Without TCP offload the virtio header still carries partial checksums, so none of this may fail
/// the open.
void AskForOffload(int fd) {
    constexpr unsigned kTcp = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
    for (unsigned features : {kTcp | TUN_F_USO4 | TUN_F_USO6, kTcp, unsigned{TUN_F_CSUM}, 0u}) {
        if (ioctl(fd, TUNSETOFFLOAD, features) == 0)
            return;
    }
}

Failure Configure(int fd, const TunRequest& request) {
    if (request.offload) {
        // A lasting interface remembers what its last user chose.
        int size = sizeof(VnetHeader);
        if (ioctl(fd, TUNSETVNETHDRSZ, &size) != 0) {
            return sockets::LastError("ioctl(TUNSETVNETHDRSZ)");
        }
        AskForOffload(fd);
    } else {
        ioctl(fd, TUNSETOFFLOAD, 0ul);
    }
    Failure failure;
    if (request.owner != TunRequest::kUnchanged) {
        failure = Control(fd, TUNSETOWNER, request.owner, "ioctl(TUNSETOWNER)");
    }
    if (!failure && request.group != TunRequest::kUnchanged) {
        failure = Control(fd, TUNSETGROUP, request.group, "ioctl(TUNSETGROUP)");
    }
    if (!failure && request.persist != TunRequest::kUnchanged) {
        failure = Control(fd, TUNSETPERSIST, request.persist, "ioctl(TUNSETPERSIST)");
    }
    return failure;
}

} // namespace

Failure TunPort::Open(const TunRequest& request, UniqueFd* fd, char (&name)[IFNAMSIZ],
                      std::unique_ptr<Port>* port) {
    if (strlen(request.name) >= IFNAMSIZ)
        return {ENAMETOOLONG, "ioctl(TUNSETIFF)"};
    UniqueFd opened(open(request.node, O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (!opened.valid())
        return sockets::LastError("open");

    ifreq interface = {};
    strcpy(interface.ifr_name, request.name);
    int flags =
        (request.tap ? IFF_TAP : IFF_TUN) | IFF_NO_PI | (request.offload ? IFF_VNET_HDR : 0);
    interface.ifr_flags = static_cast<short>(flags);
    if (ioctl(opened.get(), TUNSETIFF, &interface) != 0) {
        return sockets::LastError("ioctl(TUNSETIFF)");
    }
    Failure failure = Configure(opened.get(), request);
    if (failure)
        return failure;

    port->reset(new (std::nothrow) TunPort(opened.get(), request.tap, request.offload));
    if (!*port)
        return {ENOMEM, "new"};
    memcpy(name, interface.ifr_name, IFNAMSIZ);
    *fd = std::move(opened);
    return {};
}

size_t TunPort::Receive(size_t, Received* frames, Failure* failure) {
    // Frames of one call share the buffer, so there is one of them.
    Received& frame = *frames;
    frame.vnet = {};
    iovec slices[2] = {{&frame.vnet, sizeof frame.vnet}, {buffer_, sizeof buffer_}};
    ssize_t size;
    do {
        size = offload_ ? readv(fd_, slices, 2) : read(fd_, buffer_, sizeof buffer_);
    } while (size < 0 && errno == EINTR);
    if (size < 0) {
        if (errno != EAGAIN)
            *failure = sockets::LastError("read");
        return 0;
    }
    size_t length = static_cast<size_t>(size);
    size_t header = offload_ ? sizeof frame.vnet : 0;
    frame.data = buffer_;
    frame.length = length > header && length - header <= kMaxFrameSize ? length - header : 0;
    return 1;
}

size_t TunPort::Send(OutMessage* messages, size_t count, int* error) {
    *error = 0;
    for (size_t i = 0; i < count; i++) {
        OutMessage& message = messages[i];
        // The slices in front of the packet are filled from the back, so that they stay adjacent.
        iovec* first = message.iov + (tap_ ? 1 : 2);
        if (offload_)
            *--first = {&message.vnet, sizeof message.vnet};
        int slices = static_cast<int>(message.iov + 2 + message.pieces - first);
        ssize_t size;
        do {
            size = writev(fd_, first, slices);
        } while (size < 0 && errno == EINTR);
        if (size < 0) {
            *error = errno;
            return i;
        }
    }
    return count;
}

// EIO means only that the interface is down.
bool TunPort::IsGone(int error) const {
    return error == EBADFD || error == EBADF;
}

Failure TunPort::TakeError() {
    // A TUN descriptor is faulty for one reason only: its interface was deleted.
    return {ENODEV, "read"};
}

// Another program, attaching to a lasting interface without virtio headers, could not read
// super-packets.
void TunPort::Leave() {
    if (offload_)
        ioctl(fd_, TUNSETOFFLOAD, 0ul);
}

} // namespace tuntap2
