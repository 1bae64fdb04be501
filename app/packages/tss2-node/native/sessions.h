// The sessions of one connection, by number. A session belongs to the generation of the connection
// in which it was started: when that has been closed since, the session is gone.

#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "connection.h"
#include "structures.h"

namespace tss2node {

class Sessions {
  public:
    explicit Sessions(Connection* connection) : connection_(connection) {}

    /// TPM2_StartAuthSession: an HMAC session that encrypts parameters, salted to a key.
    TSS2_RC Start(Input* input, std::vector<uint8_t>* output);
    /// TPM2_FlushContext.
    TSS2_RC End(Input* input);
    /// ESYS and the session whose number comes first in the input.
    TSS2_RC Use(Input* input, ESYS_CONTEXT** esys, ESYS_TR* handle);
    /// A TPM has few places for sessions; what is left is flushed at the end of the channel, and
    /// before the connection is closed for a bad response. Without ESYS, which may refuse
    /// everything by then.
    void EndAll();

  private:
    struct Session {
        ESYS_TR handle = ESYS_TR_NONE;
        TPM2_HANDLE tpmHandle = 0;
        uint32_t generation = 0;
    };
    /// TPM_PT_HR_LOADED_MIN.
    static constexpr size_t kMax = 3;

    bool IsAlive(const Session& session) const;
    TSS2_RC Find(Input* input, Session** session);
    /// ESYS encrypts the salt to the public area that it read for this object.
    TSS2_RC CheckName(ESYS_CONTEXT* esys, ESYS_TR key, const TPM2B_NAME& expected);

    Connection* connection_;
    std::array<Session, kMax> sessions_;
};

} // namespace tss2node
