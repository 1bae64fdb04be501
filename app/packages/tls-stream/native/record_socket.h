// The socket below TLS, shaped after TLS records.
//
// Sending gathers the records of a burst and passes them to the kernel in one call: one call per
// record costs a tenth more. Receiving follows the way in which OpenSSL asks, five bytes of header
// and then the body: the read of a body also takes the next header, so a record costs one system
// call and no copy, and a read that falls short shows that the socket is empty without one more.

#pragma once

#include <cstddef>
#include <cstdint>

namespace tlsstream {

class RecordSocket {
  public:
    /// What is gathered is sent once it is this long.
    static constexpr size_t kFlushAt = 64 * 1024;
    /// Never more is gathered. The room above kFlushAt is for one record and for what TLS answers
    /// by itself, so a record of data is never refused.
    static constexpr size_t kCapacity = 96 * 1024;
    /// Read between two calls of `BeginRead`, in bytes and in calls of the kernel, of which a
    /// record takes one: neither what TLS keeps to itself, such as key updates without end, nor
    /// records of a few bytes may hold up the event loop. 512 key updates take 2 ms.
    static constexpr size_t kMostBytesAtOnce = 1024 * 1024;
    static constexpr size_t kMostReadsAtOnce = 512;

    enum class Result { done, wouldBlock, ended };

    /// Owns the descriptor, which must not block.
    explicit RecordSocket(int fd);
    ~RecordSocket();
    RecordSocket(const RecordSocket&) = delete;
    RecordSocket& operator=(const RecordSocket&) = delete;

    int fd() const { return fd_; }
    /// False when there was no memory.
    bool is_valid() const { return output_ != nullptr; }

    /// The kernel reports input, or an error, which reading will name.
    void OnReadable() { isDrained_ = false; }
    void OnWritable() { isBlocked_ = false; }

    void BeginRead() {
        bytesLeft_ = kMostBytesAtOnce;
        readsLeft_ = kMostReadsAtOnce;
    }
    /// At least one byte when `done`; their number in `*got`.
    Result Read(uint8_t* to, size_t length, size_t* got);
    /// The kernel had no more at the last read.
    bool is_drained() const { return isDrained_; }
    /// Nothing is read any more: the peer has closed, or there was an error.
    bool has_ended() const { return hasEnded_; }
    /// Of reading; 0: none.
    int read_error() const { return readError_; }

    /// All or nothing: false while there is no room. After an error everything is dropped.
    bool Append(const uint8_t* from, size_t length);
    /// Sends what the kernel takes. An error shows in `write_error`.
    void Flush();
    /// Gathered, and not yet taken by the kernel.
    size_t pending() const { return end_ - begin_; }
    int write_error() const { return writeError_; }
    /// Sends the end of the stream once everything pending is sent.
    void CloseWhenSent();

    uint64_t bytes_read() const { return bytesRead_; }
    uint64_t bytes_written() const { return bytesWritten_; }
    /// Of those, what the peer's kernel has acknowledged; -1 where the kernel does not count it,
    /// which is everywhere but over TCP. One system call.
    int64_t BytesAcknowledged() const;

    /// Idempotent.
    void Close();

  private:
    static constexpr size_t kHeader = 5;

    void ShutDownIfSent();

    int fd_;
    uint8_t* output_;
    size_t begin_ = 0;
    size_t end_ = 0;
    uint8_t header_[kHeader];
    size_t headerBegin_ = 0;
    size_t headerEnd_ = 0;
    size_t bytesLeft_ = kMostBytesAtOnce;
    size_t readsLeft_ = kMostReadsAtOnce;
    bool isDrained_ = false;
    bool isBlocked_ = false;
    bool hasEnded_ = false;
    bool closesWhenSent_ = false;
    int readError_ = 0;
    int writeError_ = 0;
    uint64_t bytesRead_ = 0;
    uint64_t bytesWritten_ = 0;
};

} // namespace tlsstream
