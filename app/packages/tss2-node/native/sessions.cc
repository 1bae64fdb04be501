#include "sessions.h"

#include <algorithm>
#include <cstring>

#include "esys_values.h"

namespace tss2node {
namespace {

// Parameters of both directions are encrypted as far as the command has such; the session goes on.
constexpr TPMA_SESSION kAttributes =
    TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT;
constexpr TPMA_SESSION kAllAttributes = 0xff;

constexpr TPMT_SYM_DEF ParameterEncryption() {
    TPMT_SYM_DEF symmetric = {};
    symmetric.algorithm = TPM2_ALG_AES;
    symmetric.keyBits.aes = 128;
    symmetric.mode.aes = TPM2_ALG_CFB;
    return symmetric;
}

std::vector<uint8_t> FlushCommand(const TssLibrary& tss, TPM2_HANDLE handle) {
    constexpr uint32_t size = sizeof(TPM2_ST) + sizeof(size) + sizeof(TPM2_CC) + sizeof handle;
    std::vector<uint8_t> command(size);
    size_t offset = 0;
    tss.Tss2_MU_UINT16_Marshal(TPM2_ST_NO_SESSIONS, command.data(), size, &offset);
    for (const uint32_t word : {size, TPM2_CC_FlushContext, handle}) {
        tss.Tss2_MU_UINT32_Marshal(word, command.data(), size, &offset);
    }
    return command;
}

} // namespace

bool Sessions::IsAlive(const Session& session) const {
    return session.handle != ESYS_TR_NONE && session.generation == connection_->generation();
}

TSS2_RC Sessions::Start(Input* input, std::vector<uint8_t>* output) {
    const TssLibrary& tss = connection_->tss();
    TPM2_HANDLE saltKey = 0;
    TPM2B_NAME expected = {};
    ESYS_CONTEXT* esys = nullptr;
    if (input->Read(&saltKey).Read(tss.Tss2_MU_TPM2B_NAME_Unmarshal, &expected).code !=
        TSS2_RC_SUCCESS) {
        return input->code;
    }
    TSS2_RC code = connection_->OpenEsys(&esys);
    if (code != TSS2_RC_SUCCESS) {
        return code;
    }
    const auto place = std::find_if(sessions_.begin(), sessions_.end(),
                                    [this](const Session& session) { return !IsAlive(session); });
    if (place == sessions_.end()) {
        return TPM2_RC_SESSION_MEMORY;
    }
    Object key(tss, esys);
    if ((code = key.Open(saltKey)) != TSS2_RC_SUCCESS ||
        (code = CheckName(esys, key.get(), expected)) != TSS2_RC_SUCCESS) {
        return code;
    }
    const TPMT_SYM_DEF symmetric = ParameterEncryption();
    ESYS_TR handle = ESYS_TR_NONE;
    code = tss.Esys_StartAuthSession(esys, key.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                     ESYS_TR_NONE, nullptr, TPM2_SE_HMAC, &symmetric,
                                     TPM2_ALG_SHA256, &handle);
    if (code != TSS2_RC_SUCCESS) {
        return code;
    }
    TPM2_HANDLE tpmHandle = 0;
    code = tss.Esys_TRSess_SetAttributes(esys, handle, kAttributes, kAllAttributes);
    if (code == TSS2_RC_SUCCESS) {
        code = tss.Esys_TR_GetTpmHandle(esys, handle, &tpmHandle);
    }
    if (code != TSS2_RC_SUCCESS) {
        tss.Esys_FlushContext(esys, handle);
        return code;
    }
    *place = {handle, tpmHandle, connection_->generation()};
    const uint32_t number = static_cast<uint32_t>(place - sessions_.begin());
    output->resize(sizeof number);
    return tss.Tss2_MU_UINT32_Marshal(number, output->data(), output->size(), nullptr);
}

TSS2_RC Sessions::CheckName(ESYS_CONTEXT* esys, ESYS_TR key, const TPM2B_NAME& expected) {
    if (expected.size == 0) {
        return TSS2_RC_SUCCESS;
    }
    // Of the very public area that the salt is encrypted to: another TPM2_ReadPublic may get
    // another answer.
    Owned<TPM2B_NAME> name(connection_->tss());
    const TSS2_RC code = connection_->tss().Esys_TR_GetName(esys, key, name.out());
    if (code != TSS2_RC_SUCCESS) {
        return code;
    }
    const bool isSame = name.get()->size == expected.size &&
                        memcmp(name.get()->name, expected.name, expected.size) == 0;
    return isSame ? TSS2_RC_SUCCESS : kOtherSaltKey;
}

TSS2_RC Sessions::Find(Input* input, Session** session) {
    uint32_t number = 0;
    if (input->Read(&number).code != TSS2_RC_SUCCESS) {
        return input->code;
    }
    if (number >= kMax || !IsAlive(sessions_[number])) {
        return TPM2_RC_REFERENCE_S0;
    }
    *session = &sessions_[number];
    return TSS2_RC_SUCCESS;
}

TSS2_RC Sessions::Use(Input* input, ESYS_CONTEXT** esys, ESYS_TR* handle) {
    Session* session = nullptr;
    const TSS2_RC code = Find(input, &session);
    if (code != TSS2_RC_SUCCESS) {
        return code;
    }
    *handle = session->handle;
    return connection_->OpenEsys(esys);
}

TSS2_RC Sessions::End(Input* input) {
    Session* session = nullptr;
    ESYS_CONTEXT* esys = nullptr;
    TSS2_RC code = Find(input, &session);
    if (code == TPM2_RC_REFERENCE_S0) {
        return TSS2_RC_SUCCESS;
    }
    if (code != TSS2_RC_SUCCESS || (code = connection_->OpenEsys(&esys)) != TSS2_RC_SUCCESS) {
        return code;
    }
    const ESYS_TR handle = session->handle;
    session->handle = ESYS_TR_NONE;
    return connection_->tss().Esys_FlushContext(esys, handle);
}

void Sessions::EndAll() {
    for (Session& session : sessions_) {
        if (IsAlive(session)) {
            std::vector<uint8_t> response;
            connection_->Transmit(FlushCommand(connection_->tss(), session.tpmHandle), &response);
        }
        session.handle = ESYS_TR_NONE;
    }
}

} // namespace tss2node
