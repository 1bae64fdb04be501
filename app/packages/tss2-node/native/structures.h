// Structures of TPM 2.0 as they are on the wire, read and written one after the other by
// libtss2-mu.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tss_library.h"

namespace tss2node {

/// Larger than any structure that is marshalled here.
constexpr size_t kMaxStructure = 4096;

/// Reads structures one after the other; a failure sticks.
struct Input {
    const TssLibrary& tss;
    const std::vector<uint8_t>& bytes;
    size_t offset = 0;
    TSS2_RC code = TSS2_RC_SUCCESS;

    template <typename T, typename Unmarshal> Input& Read(Unmarshal unmarshal, T* value) {
        if (code == TSS2_RC_SUCCESS) {
            code = unmarshal(bytes.data(), bytes.size(), &offset, value);
        }
        return *this;
    }
    Input& Read(uint16_t* value) { return Read(tss.Tss2_MU_UINT16_Unmarshal, value); }
    Input& Read(uint32_t* value) { return Read(tss.Tss2_MU_UINT32_Unmarshal, value); }
    Input& Read(TPM2B_DIGEST* value) { return Read(tss.Tss2_MU_TPM2B_DIGEST_Unmarshal, value); }
};

/// Appends a structure; after a failure the output is empty.
template <typename T, typename Marshal>
TSS2_RC Append(Marshal marshal, const T* value, std::vector<uint8_t>* output) {
    size_t offset = output->size();
    output->resize(offset + kMaxStructure);
    const TSS2_RC code = marshal(value, output->data(), output->size(), &offset);
    output->resize(code == TSS2_RC_SUCCESS ? offset : 0);
    return code;
}

} // namespace tss2node
