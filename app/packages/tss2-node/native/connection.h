// A TCTI and what lives on it, used by one thread only.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tss_library.h"

namespace tss2node {

/// Overwrites what may have been a secret.
void Wipe(std::vector<uint8_t>* bytes);

class Connection {
  public:
    Connection(const TssLibrary& tss, std::string configuration)
        : tss_(tss), configuration_(std::move(configuration)) {}
    ~Connection() { Close(); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    /// Sends a command and waits for its response, however long that takes.
    TSS2_RC Transmit(const std::vector<uint8_t>& command, std::vector<uint8_t>* response);

    /// Opens TCTI and ESYS as far as they are not.
    TSS2_RC Open();
    TSS2_RC OpenEsys(ESYS_CONTEXT** esys);
    /// After a failure of the TCTI: the next command opens it again. Sessions end with it.
    void Close();
    /// Grows with each Close: a session belongs to one generation.
    uint32_t generation() const { return generation_; }
    const TssLibrary& tss() const { return tss_; }

  private:
    const TssLibrary& tss_;
    const std::string configuration_;
    TSS2_TCTI_CONTEXT* tcti_ = nullptr;
    ESYS_CONTEXT* esys_ = nullptr;
    uint32_t generation_ = 0;
};

/// A code of this addon: the salt key is not the one that the caller named. src/session.ts has the
/// same.
constexpr TSS2_RC kOtherSaltKey = TSS2_RC_LAYER(0xfe) | 1;

/// True for codes after which neither TCTI nor ESYS is used again. ESYS accepts further commands
/// only after a code of the TPM; a response that it could not verify or read leaves it in a state
/// that nothing but a new context ends.
bool BreaksConnection(TSS2_RC code);

} // namespace tss2node
