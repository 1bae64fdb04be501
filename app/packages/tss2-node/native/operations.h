// What a channel can do, by number: the table in src/tcti-transport.ts has the same. All of it runs
// on the channel's thread. Input and output are structures of TPM 2.0 as they are on the wire.

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "connection.h"

namespace tss2node {

class Operations {
  public:
    explicit Operations(Connection* connection) : connection_(connection) {}

    TSS2_RC Run(uint32_t operation, const std::vector<uint8_t>& input,
                std::vector<uint8_t>* output);
    /// A TPM has few places for sessions; what is left is flushed at the end of the channel, and
    /// before the connection is closed for a bad response. Without ESYS, which may refuse
    /// everything by then.
    void EndSessions();

  private:
    struct Session {
        ESYS_TR handle = ESYS_TR_NONE;
        TPM2_HANDLE tpmHandle = 0;
        uint32_t generation = 0;
    };
    /// TPM_PT_HR_LOADED_MIN is 3.
    static constexpr size_t kMaxSessions = 3;

    struct Input;
    TSS2_RC Dispatch(uint32_t operation, Input* input, std::vector<uint8_t>* output);
    TSS2_RC StartSession(Input* input, std::vector<uint8_t>* output);
    TSS2_RC EndSession(Input* input);
    TSS2_RC GetRandom(Input* input, std::vector<uint8_t>* output);
    TSS2_RC NvRead(Input* input, std::vector<uint8_t>* output);
    TSS2_RC Create(Input* input, std::vector<uint8_t>* output);
    TSS2_RC Sign(Input* input, std::vector<uint8_t>* output);
    /// ESYS and the session whose number comes first in the input.
    TSS2_RC Use(Input* input, ESYS_CONTEXT** esys, Session** session);
    /// The object whose handle and authorization value come next in the input.
    TSS2_RC UseObject(Input* input, ESYS_CONTEXT* esys, ESYS_TR* object);

    Connection* connection_;
    std::array<Session, kMaxSessions> sessions_;
};

} // namespace tss2node
