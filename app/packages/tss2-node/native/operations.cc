#include "operations.h"

#include <cstring>

#include "esys_values.h"

namespace tss2node {
namespace {

enum Operation : uint32_t {
    kTransmit = 0,
    kStartSession = 1,
    kEndSession = 2,
    kGetRandom = 3,
    kNvRead = 4,
    kCreate = 5,
    kSign = 6,
};

} // namespace

TSS2_RC Operations::Run(uint32_t operation, const std::vector<uint8_t>& bytes,
                        std::vector<uint8_t>* output) {
    Input input{connection_->tss(), bytes};
    const TSS2_RC code = Dispatch(operation, &input, output);
    // Bad input is the caller's mistake, and never reached ESYS.
    if (input.code == TSS2_RC_SUCCESS && BreaksConnection(code)) {
        if ((code & TSS2_RC_LAYER_MASK) != TSS2_TCTI_RC_LAYER) {
            EndSessions();
        }
        connection_->Close();
    }
    return code;
}

TSS2_RC Operations::Dispatch(uint32_t operation, Input* input, std::vector<uint8_t>* output) {
    switch (operation) {
    case kTransmit:
        return connection_->Transmit(input->bytes, output);
    case kStartSession:
        return sessions_.Start(input, output);
    case kEndSession:
        return sessions_.End(input);
    case kGetRandom:
        return GetRandom(input, output);
    case kNvRead:
        return NvRead(input, output);
    case kCreate:
        return Create(input, output);
    case kSign:
        return Sign(input, output);
    default:
        return TSS2_ESYS_RC_NOT_IMPLEMENTED;
    }
}

TSS2_RC Operations::GetRandom(Input* input, std::vector<uint8_t>* output) {
    const TssLibrary& tss = connection_->tss();
    ESYS_CONTEXT* esys = nullptr;
    ESYS_TR session = ESYS_TR_NONE;
    uint16_t size = 0;
    TSS2_RC code = sessions_.Use(input, &esys, &session);
    if (code != TSS2_RC_SUCCESS || (code = input->Read(&size).code) != TSS2_RC_SUCCESS) {
        return code;
    }
    Owned<TPM2B_DIGEST> random(tss);
    code = tss.Esys_GetRandom(esys, session, ESYS_TR_NONE, ESYS_TR_NONE, size, random.out());
    return code == TSS2_RC_SUCCESS ? Append(tss.Tss2_MU_TPM2B_DIGEST_Marshal, random.get(), output)
                                   : code;
}

TSS2_RC Operations::NvRead(Input* input, std::vector<uint8_t>* output) {
    const TssLibrary& tss = connection_->tss();
    ESYS_CONTEXT* esys = nullptr;
    ESYS_TR session = ESYS_TR_NONE;
    TSS2_RC code = sessions_.Use(input, &esys, &session);
    if (code != TSS2_RC_SUCCESS) {
        return code;
    }
    Object index(tss, esys);
    uint16_t size = 0, offset = 0;
    if ((code = index.OpenWithAuth(input)) != TSS2_RC_SUCCESS ||
        (code = input->Read(&size).Read(&offset).code) != TSS2_RC_SUCCESS) {
        return code;
    }
    Owned<TPM2B_MAX_NV_BUFFER> data(tss);
    code = tss.Esys_NV_Read(esys, index.get(), index.get(), session, ESYS_TR_NONE, ESYS_TR_NONE,
                            size, offset, data.out());
    return code == TSS2_RC_SUCCESS
               ? Append(tss.Tss2_MU_TPM2B_MAX_NV_BUFFER_Marshal, data.get(), output)
               : code;
}

TSS2_RC Operations::Create(Input* input, std::vector<uint8_t>* output) {
    const TssLibrary& tss = connection_->tss();
    ESYS_CONTEXT* esys = nullptr;
    ESYS_TR session = ESYS_TR_NONE;
    TSS2_RC code = sessions_.Use(input, &esys, &session);
    if (code != TSS2_RC_SUCCESS) {
        return code;
    }
    Object parent(tss, esys);
    TPM2B_SENSITIVE_CREATE sensitive = {};
    TPM2B_PUBLIC area = {};
    const TPM2B_DATA outside = {};
    const TPML_PCR_SELECTION pcrs = {};
    Owned<TPM2B_PRIVATE> made(tss);
    Owned<TPM2B_PUBLIC> madePublic(tss);
    if ((code = parent.OpenWithAuth(input)) == TSS2_RC_SUCCESS &&
        (code = input->Read(tss.Tss2_MU_TPM2B_SENSITIVE_CREATE_Unmarshal, &sensitive)
                    .Read(tss.Tss2_MU_TPM2B_PUBLIC_Unmarshal, &area)
                    .code) == TSS2_RC_SUCCESS) {
        code = tss.Esys_Create(esys, parent.get(), session, ESYS_TR_NONE, ESYS_TR_NONE, &sensitive,
                               &area, &outside, &pcrs, made.out(), madePublic.out(), nullptr,
                               nullptr, nullptr);
    }
    explicit_bzero(&sensitive, sizeof sensitive);
    if (code != TSS2_RC_SUCCESS ||
        (code = Append(tss.Tss2_MU_TPM2B_PRIVATE_Marshal, made.get(), output)) != TSS2_RC_SUCCESS) {
        return code;
    }
    return Append(tss.Tss2_MU_TPM2B_PUBLIC_Marshal, madePublic.get(), output);
}

TSS2_RC Operations::Sign(Input* input, std::vector<uint8_t>* output) {
    const TssLibrary& tss = connection_->tss();
    ESYS_CONTEXT* esys = nullptr;
    ESYS_TR session = ESYS_TR_NONE;
    TSS2_RC code = sessions_.Use(input, &esys, &session);
    if (code != TSS2_RC_SUCCESS) {
        return code;
    }
    Object key(tss, esys);
    TPM2B_DIGEST digest = {};
    TPMT_SIG_SCHEME scheme = {};
    if ((code = key.OpenWithAuth(input)) != TSS2_RC_SUCCESS ||
        (code = input->Read(&digest).Read(tss.Tss2_MU_TPMT_SIG_SCHEME_Unmarshal, &scheme).code) !=
            TSS2_RC_SUCCESS) {
        return code;
    }
    TPMT_TK_HASHCHECK ticket = {};
    ticket.tag = TPM2_ST_HASHCHECK;
    ticket.hierarchy = TPM2_RH_NULL;
    Owned<TPMT_SIGNATURE> signature(tss);
    code = tss.Esys_Sign(esys, key.get(), session, ESYS_TR_NONE, ESYS_TR_NONE, &digest, &scheme,
                         &ticket, signature.out());
    return code == TSS2_RC_SUCCESS
               ? Append(tss.Tss2_MU_TPMT_SIGNATURE_Marshal, signature.get(), output)
               : code;
}

} // namespace tss2node
