// SipHash-1-3 (Aumasson and Bernstein, "SipHash: a fast short-input PRF"): a hash whose collisions
// cannot be found without its key. What a host sends decides which queue a packet waits in, so
// without a key a host could put its flood into the queue of another program's flow.

#pragma once

#include <cstddef>
#include <cstdint>

namespace tuntap2 {

struct HashKey {
    uint64_t words[2] = {};
};

/// `kRounds` per word, and `kFinalRounds` at the end. Takes whole words only: the length is theirs.
template <int kRounds = 1, int kFinalRounds = 3> class SipHash {
  public:
    explicit SipHash(const HashKey& key)
        : v0_(key.words[0] ^ 0x736f6d6570736575u), v1_(key.words[1] ^ 0x646f72616e646f6du),
          v2_(key.words[0] ^ 0x6c7967656e657261u), v3_(key.words[1] ^ 0x7465646279746573u) {}

    void Add(uint64_t word) {
        length_ += sizeof word;
        Compress(word);
    }

    /// `rest`: up to seven bytes more, the first in the lowest place.
    uint64_t Finish(uint64_t rest = 0, size_t restLength = 0) {
        Compress(rest | static_cast<uint64_t>(length_ + restLength) << 56);
        v2_ ^= 0xff;
        for (int i = 0; i < kFinalRounds; i++)
            Round();
        return v0_ ^ v1_ ^ v2_ ^ v3_;
    }

  private:
    static uint64_t Rotate(uint64_t value, int by) { return value << by | value >> (64 - by); }

    void Compress(uint64_t word) {
        v3_ ^= word;
        for (int i = 0; i < kRounds; i++)
            Round();
        v0_ ^= word;
    }

    void Round() {
        v0_ += v1_;
        v2_ += v3_;
        v1_ = Rotate(v1_, 13) ^ v0_;
        v3_ = Rotate(v3_, 16) ^ v2_;
        v0_ = Rotate(v0_, 32);
        v2_ += v1_;
        v0_ += v3_;
        v1_ = Rotate(v1_, 17) ^ v2_;
        v3_ = Rotate(v3_, 21) ^ v0_;
        v2_ = Rotate(v2_, 32);
    }

    uint64_t v0_, v1_, v2_, v3_;
    size_t length_ = 0;
};

} // namespace tuntap2
