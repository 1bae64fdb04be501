// The functions of tpm2-tss that this addon calls, found when the first channel is opened: the
// addon loads on a machine without the library, and can say what is missing. Cross builds need its
// headers only, which are the same everywhere.

#pragma once

#include <tss2/tss2_esys.h>
#include <tss2/tss2_mu.h>
#include <tss2/tss2_tctildr.h>

namespace tss2node {

#define TSS2NODE_FUNCTIONS(X)                                                                      \
    X(Tss2_TctiLdr_Initialize)                                                                     \
    X(Tss2_TctiLdr_Finalize)                                                                       \
    X(Esys_Initialize)                                                                             \
    X(Esys_Finalize)                                                                               \
    X(Esys_Free)                                                                                   \
    X(Esys_TR_FromTPMPublic)                                                                       \
    X(Esys_TR_GetName)                                                                             \
    X(Esys_TR_GetTpmHandle)                                                                        \
    X(Esys_TR_SetAuth)                                                                             \
    X(Esys_TR_Close)                                                                               \
    X(Esys_StartAuthSession)                                                                       \
    X(Esys_TRSess_SetAttributes)                                                                   \
    X(Esys_FlushContext)                                                                           \
    X(Esys_GetRandom)                                                                              \
    X(Esys_NV_Read)                                                                                \
    X(Esys_Create)                                                                                 \
    X(Esys_Sign)                                                                                   \
    X(Tss2_MU_UINT16_Unmarshal)                                                                    \
    X(Tss2_MU_UINT16_Marshal)                                                                      \
    X(Tss2_MU_UINT32_Unmarshal)                                                                    \
    X(Tss2_MU_UINT32_Marshal)                                                                      \
    X(Tss2_MU_TPM2B_DIGEST_Unmarshal)                                                              \
    X(Tss2_MU_TPM2B_DIGEST_Marshal)                                                                \
    X(Tss2_MU_TPM2B_NAME_Unmarshal)                                                                \
    X(Tss2_MU_TPM2B_MAX_NV_BUFFER_Marshal)                                                         \
    X(Tss2_MU_TPM2B_SENSITIVE_CREATE_Unmarshal)                                                    \
    X(Tss2_MU_TPM2B_PUBLIC_Unmarshal)                                                              \
    X(Tss2_MU_TPM2B_PUBLIC_Marshal)                                                                \
    X(Tss2_MU_TPM2B_PRIVATE_Marshal)                                                               \
    X(Tss2_MU_TPMT_SIG_SCHEME_Unmarshal)                                                           \
    X(Tss2_MU_TPMT_SIGNATURE_Marshal)

struct TssLibrary {
#define TSS2NODE_MEMBER(name) decltype(&::name) name = nullptr;
    TSS2NODE_FUNCTIONS(TSS2NODE_MEMBER)
#undef TSS2NODE_MEMBER

    /// nullptr if it cannot be loaded, with the reason in `why`. Never unloaded: a thread may still
    /// be inside.
    static const TssLibrary* Load(const char** why);
};

} // namespace tss2node
