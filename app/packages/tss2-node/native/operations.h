// What a channel can do, by number: the table in src/tcti-transport.ts has the same. All of it runs
// on the channel's thread. Input and output are structures of TPM 2.0 as they are on the wire.

#pragma once

#include <cstdint>
#include <vector>

#include "connection.h"
#include "sessions.h"
#include "structures.h"

namespace tss2node {

class Operations {
  public:
    explicit Operations(Connection* connection) : connection_(connection), sessions_(connection) {}

    TSS2_RC Run(uint32_t operation, const std::vector<uint8_t>& input,
                std::vector<uint8_t>* output);
    void EndSessions() { sessions_.EndAll(); }

  private:
    TSS2_RC Dispatch(uint32_t operation, Input* input, std::vector<uint8_t>* output);
    TSS2_RC GetRandom(Input* input, std::vector<uint8_t>* output);
    TSS2_RC NvRead(Input* input, std::vector<uint8_t>* output);
    TSS2_RC Create(Input* input, std::vector<uint8_t>* output);
    TSS2_RC Sign(Input* input, std::vector<uint8_t>* output);

    Connection* connection_;
    Sessions sessions_;
};

} // namespace tss2node
