#include "record_socket.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace tlsstream {

RecordSocket::RecordSocket(int fd) : fd_(fd), output_(static_cast<uint8_t*>(malloc(kCapacity))) {}

RecordSocket::~RecordSocket() {
    Close();
    free(output_);
}

RecordSocket::Result RecordSocket::Read(uint8_t* to, size_t length, size_t* got) {
    if (headerBegin_ < headerEnd_) {
        *got = std::min(length, headerEnd_ - headerBegin_);
        memcpy(to, header_ + headerBegin_, *got);
        headerBegin_ += *got;
        return Result::done;
    }
    if (hasEnded_ || fd_ < 0) {
        return Result::ended;
    }
    if (isDrained_ || bytesLeft_ == 0 || readsLeft_ == 0) {
        return Result::wouldBlock;
    }
    // Behind a body the next header is taken along, behind a header nothing.
    iovec pieces[2] = {{to, length}, {header_, kHeader}};
    const size_t extra = length > kHeader ? kHeader : 0;
    ssize_t size;
    readsLeft_--;
    do {
        size = readv(fd_, pieces, extra != 0 ? 2 : 1);
    } while (size < 0 && errno == EINTR);
    if (size <= 0) {
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            isDrained_ = true;
            return Result::wouldBlock;
        }
        readError_ = size < 0 ? errno : 0;
        hasEnded_ = true;
        return Result::ended;
    }
    const size_t read = static_cast<size_t>(size);
    bytesRead_ += read;
    bytesLeft_ -= std::min(bytesLeft_, read);
    isDrained_ = read < length + extra;
    *got = std::min(read, length);
    headerBegin_ = 0;
    headerEnd_ = read - *got;
    return Result::done;
}

bool RecordSocket::Append(const uint8_t* from, size_t length) {
    if (writeError_ != 0) {
        return true;
    }
    if (pending() + length > kCapacity) {
        return false;
    }
    if (end_ + length > kCapacity) {
        memmove(output_, output_ + begin_, pending());
        end_ -= begin_;
        begin_ = 0;
    }
    memcpy(output_ + end_, from, length);
    end_ += length;
    return true;
}

void RecordSocket::Flush() {
    while (begin_ < end_ && !isBlocked_) {
        const ssize_t sent = send(fd_, output_ + begin_, end_ - begin_, MSG_NOSIGNAL);
        if (sent >= 0) {
            bytesWritten_ += static_cast<size_t>(sent);
            begin_ += static_cast<size_t>(sent);
            isBlocked_ = begin_ < end_;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS) {
            isBlocked_ = true;
        } else if (errno != EINTR) {
            writeError_ = errno;
            begin_ = end_;
            // What the peer sent before may be there, and nothing need announce it.
            isDrained_ = false;
        }
    }
    if (begin_ == end_) {
        begin_ = end_ = 0;
        ShutDownIfSent();
    }
}

int64_t RecordSocket::BytesAcknowledged() const {
    tcp_info info;
    socklen_t size = sizeof info;
    constexpr size_t needed = offsetof(tcp_info, tcpi_bytes_acked) + sizeof info.tcpi_bytes_acked;
    if (fd_ < 0 || getsockopt(fd_, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || size < needed) {
        return -1;
    }
    return static_cast<int64_t>(info.tcpi_bytes_acked);
}

void RecordSocket::CloseWhenSent() {
    closesWhenSent_ = true;
    Flush();
}

void RecordSocket::ShutDownIfSent() {
    if (closesWhenSent_ && fd_ >= 0) {
        closesWhenSent_ = false;
        shutdown(fd_, SHUT_WR);
    }
}

void RecordSocket::Close() {
    if (fd_ >= 0) {
        close(fd_);
        fd_ = -1;
    }
}

} // namespace tlsstream
