// The fast checksum against the plainest one, on ranges of every length, alignment and split.

#include "../checksum.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

namespace tuntap2::test {

namespace {

/// RFC 1071, one big-endian 16-bit word at a time, as two bytes.
void Plain(const uint8_t* data, size_t length, uint8_t out[2]) {
    uint32_t sum = 0;
    for (size_t i = 0; i < length; i++) {
        sum += i % 2 == 0 ? data[i] << 8 : data[i];
        sum = (sum & 0xffff) + (sum >> 16);
    }
    out[0] = static_cast<uint8_t>(sum >> 8);
    out[1] = static_cast<uint8_t>(sum);
}

void Check(bool condition, const char* what, size_t length) {
    if (!condition) {
        fprintf(stderr, "checksum_test: %s of %zu bytes\n", what, length);
        exit(1);
    }
}

void CheckRange(const uint8_t* data, size_t length, size_t split, const char* what) {
    uint8_t expected[2];
    Plain(data, length, expected);
    const uint16_t whole = ChecksumFold(ChecksumAdd(data, length, 0));
    Check(memcmp(&whole, expected, 2) == 0, what, length);
    const uint64_t front = ChecksumAdd(data, split, 0);
    const uint16_t joined = ChecksumFold(ChecksumAdd(data + split, length - split, front));
    Check(joined == whole, "a split sum", length);
    Check(static_cast<uint16_t>(~ChecksumFinish(front)) == ChecksumFold(front), "the inverse",
          split);
}

} // namespace

} // namespace tuntap2::test

int main() {
    using namespace tuntap2;
    std::mt19937 random(1);
    for (size_t length = 0; length < 300; length++) {
        for (size_t offset = 0; offset < 8; offset++) {
            // A block of its own length, so that a sanitizer sees each byte read beyond it.
            std::vector<uint8_t> block(offset + length);
            for (uint8_t& byte : block)
                byte = static_cast<uint8_t>(random());
            const size_t split = length == 0 ? 0 : (random() % (length + 1)) & ~size_t{1};
            test::CheckRange(block.data() + offset, length, split, "random bytes");
            std::fill(block.begin(), block.end(), 0xff);
            test::CheckRange(block.data() + offset, length, split, "all ones");
        }
    }
    std::vector<uint8_t> large(65535, 0xff);
    test::CheckRange(large.data(), large.size(), 65534, "the longest packet, all ones");

    uint8_t value[4] = {0x12, 0x34, 0x56, 0x78};
    test::Check(ChecksumAddValue(0x12345678, 0) == ChecksumAdd(value, 4, 0), "a value", 4);
    puts("checksum_test: passed");
}
