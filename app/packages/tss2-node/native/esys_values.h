// What ESYS hands out, given back at the end of a block.

#pragma once

#include "structures.h"
#include "tss_library.h"

namespace tss2node {

/// Memory that ESYS allocated for a result.
template <typename T> class Owned {
  public:
    explicit Owned(const TssLibrary& tss) : tss_(tss) {}
    ~Owned() { tss_.Esys_Free(value_); }
    Owned(const Owned&) = delete;
    Owned& operator=(const Owned&) = delete;
    T** out() { return &value_; }
    const T* get() const { return value_; }

  private:
    const TssLibrary& tss_;
    T* value_ = nullptr;
};

/// An object whose metadata ESYS keeps for the length of one command.
class Object {
  public:
    Object(const TssLibrary& tss, ESYS_CONTEXT* esys) : tss_(tss), esys_(esys) {}
    ~Object() {
        if (handle_ != ESYS_TR_NONE) {
            tss_.Esys_TR_Close(esys_, &handle_);
        }
    }
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;

    /// TPM2_ReadPublic or TPM2_NV_ReadPublic.
    TSS2_RC Open(TPM2_HANDLE handle) {
        return tss_.Esys_TR_FromTPMPublic(esys_, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                          &handle_);
    }
    /// Handle and authorization value come next in the input.
    TSS2_RC OpenWithAuth(Input* input) {
        TPM2_HANDLE handle = 0;
        TPM2B_AUTH auth = {};
        TSS2_RC code = input->Read(&handle).Read(&auth).code;
        if (code == TSS2_RC_SUCCESS) {
            code = Open(handle);
        }
        if (code == TSS2_RC_SUCCESS) {
            code = tss_.Esys_TR_SetAuth(esys_, handle_, &auth);
        }
        explicit_bzero(&auth, sizeof auth);
        return code;
    }
    ESYS_TR get() const { return handle_; }

  private:
    const TssLibrary& tss_;
    ESYS_CONTEXT* esys_;
    ESYS_TR handle_ = ESYS_TR_NONE;
};

} // namespace tss2node
