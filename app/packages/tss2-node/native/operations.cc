#include "operations.h"

#include <cstring>
#include <memory>

namespace tss2node {
namespace {

constexpr uint32_t kTransmit = 0, kStartSession = 1, kEndSession = 2, kGetRandom = 3, kNvRead = 4,
                   kCreate = 5, kSign = 6;

// Parameters of both directions are encrypted as far as the command has such; the session goes on.
constexpr TPMA_SESSION kAttributes =
    TPMA_SESSION_CONTINUESESSION | TPMA_SESSION_DECRYPT | TPMA_SESSION_ENCRYPT;

/// Larger than any structure that is marshalled here.
constexpr size_t kMaxStructure = 4096;

/// Frees what ESYS returned.
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
    ESYS_TR* out() { return &handle_; }
    ESYS_TR get() const { return handle_; }

  private:
    const TssLibrary& tss_;
    ESYS_CONTEXT* esys_;
    ESYS_TR handle_ = ESYS_TR_NONE;
};

template <typename T, typename Marshal>
TSS2_RC Append(Marshal marshal, const T* value, std::vector<uint8_t>* output) {
    size_t offset = output->size();
    output->resize(offset + kMaxStructure);
    const TSS2_RC code = marshal(value, output->data(), output->size(), &offset);
    output->resize(code == TSS2_RC_SUCCESS ? offset : 0);
    return code;
}

} // namespace

/// Reads structures one after the other; a failure sticks.
struct Operations::Input {
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

TSS2_RC Operations::Dispatch(uint32_t operation, Input* in, std::vector<uint8_t>* output) {
    Input& input = *in;
    switch (operation) {
    case kTransmit:
        return connection_->Transmit(input.bytes, output);
    case kStartSession:
        return StartSession(&input, output);
    case kEndSession:
        return EndSession(&input);
    case kGetRandom:
        return GetRandom(&input, output);
    case kNvRead:
        return NvRead(&input, output);
    case kCreate:
        return Create(&input, output);
    case kSign:
        return Sign(&input, output);
    default:
        return TSS2_ESYS_RC_NOT_IMPLEMENTED;
    }
}

TSS2_RC Operations::StartSession(Input* input, std::vector<uint8_t>* output) {
    const TssLibrary& tss = connection_->tss();
    uint32_t saltKey = 0;
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
    size_t number = 0;
    while (number < kMaxSessions && sessions_[number].handle != ESYS_TR_NONE &&
           sessions_[number].generation == connection_->generation()) {
        number++;
    }
    if (number == kMaxSessions) {
        return TPM2_RC_SESSION_MEMORY;
    }
    Object key(tss, esys);
    code = tss.Esys_TR_FromTPMPublic(esys, saltKey, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                     key.out());
    if (code == TSS2_RC_SUCCESS && expected.size != 0) {
        // Of the very public area that the salt is encrypted to: another TPM2_ReadPublic may get
        // another answer.
        Owned<TPM2B_NAME> name(tss);
        code = tss.Esys_TR_GetName(esys, key.get(), name.out());
        if (code == TSS2_RC_SUCCESS &&
            (name.get()->size != expected.size ||
             memcmp(name.get()->name, expected.name, expected.size) != 0)) {
            code = kOtherSaltKey;
        }
    }
    if (code != TSS2_RC_SUCCESS) {
        return code;
    }
    TPMT_SYM_DEF symmetric = {};
    symmetric.algorithm = TPM2_ALG_AES;
    symmetric.keyBits.aes = 128;
    symmetric.mode.aes = TPM2_ALG_CFB;
    ESYS_TR handle = ESYS_TR_NONE;
    code = tss.Esys_StartAuthSession(esys, key.get(), ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                     ESYS_TR_NONE, nullptr, TPM2_SE_HMAC, &symmetric,
                                     TPM2_ALG_SHA256, &handle);
    if (code != TSS2_RC_SUCCESS) {
        return code;
    }
    TPM2_HANDLE tpmHandle = 0;
    code = tss.Esys_TRSess_SetAttributes(esys, handle, kAttributes, 0xff);
    if (code == TSS2_RC_SUCCESS) {
        code = tss.Esys_TR_GetTpmHandle(esys, handle, &tpmHandle);
    }
    if (code != TSS2_RC_SUCCESS) {
        tss.Esys_FlushContext(esys, handle);
        return code;
    }
    sessions_[number] = {handle, tpmHandle, connection_->generation()};
    output->resize(4);
    return tss.Tss2_MU_UINT32_Marshal(static_cast<uint32_t>(number), output->data(), 4, nullptr);
}

TSS2_RC Operations::Use(Input* input, ESYS_CONTEXT** esys, Session** session) {
    uint32_t number = 0;
    if (input->Read(&number).code != TSS2_RC_SUCCESS) {
        return input->code;
    }
    if (number >= kMaxSessions || sessions_[number].handle == ESYS_TR_NONE ||
        sessions_[number].generation != connection_->generation()) {
        // The connection was opened again since, and with it the session has gone.
        return TPM2_RC_REFERENCE_S0;
    }
    *session = &sessions_[number];
    return connection_->OpenEsys(esys);
}

TSS2_RC Operations::UseObject(Input* input, ESYS_CONTEXT* esys, ESYS_TR* object) {
    const TssLibrary& tss = connection_->tss();
    uint32_t handle = 0;
    TPM2B_AUTH auth = {};
    TSS2_RC code = input->Read(&handle).Read(&auth).code;
    if (code == TSS2_RC_SUCCESS) {
        code = tss.Esys_TR_FromTPMPublic(esys, handle, ESYS_TR_NONE, ESYS_TR_NONE, ESYS_TR_NONE,
                                         object);
    }
    if (code == TSS2_RC_SUCCESS) {
        code = tss.Esys_TR_SetAuth(esys, *object, &auth);
    }
    explicit_bzero(&auth, sizeof auth);
    return code;
}

TSS2_RC Operations::EndSession(Input* input) {
    ESYS_CONTEXT* esys = nullptr;
    Session* session = nullptr;
    const TSS2_RC code = Use(input, &esys, &session);
    if (code == TPM2_RC_REFERENCE_S0) {
        return TSS2_RC_SUCCESS;
    }
    if (code != TSS2_RC_SUCCESS) {
        return code;
    }
    const ESYS_TR handle = session->handle;
    session->handle = ESYS_TR_NONE;
    return connection_->tss().Esys_FlushContext(esys, handle);
}

void Operations::EndSessions() {
    for (Session& session : sessions_) {
        if (session.handle != ESYS_TR_NONE && session.generation == connection_->generation()) {
            const uint32_t handle = session.tpmHandle;
            // TPM2_FlushContext: tag, size, code, handle.
            const std::vector<uint8_t> command = {0x80,
                                                  0x01,
                                                  0,
                                                  0,
                                                  0,
                                                  14,
                                                  0,
                                                  0,
                                                  0x01,
                                                  0x65,
                                                  static_cast<uint8_t>(handle >> 24),
                                                  static_cast<uint8_t>(handle >> 16),
                                                  static_cast<uint8_t>(handle >> 8),
                                                  static_cast<uint8_t>(handle)};
            std::vector<uint8_t> response;
            connection_->Transmit(command, &response);
        }
        session.handle = ESYS_TR_NONE;
    }
}

TSS2_RC Operations::GetRandom(Input* input, std::vector<uint8_t>* output) {
    const TssLibrary& tss = connection_->tss();
    ESYS_CONTEXT* esys = nullptr;
    Session* session = nullptr;
    TSS2_RC code = Use(input, &esys, &session);
    uint16_t size = 0;
    if (code != TSS2_RC_SUCCESS || (code = input->Read(&size).code) != TSS2_RC_SUCCESS) {
        return code;
    }
    Owned<TPM2B_DIGEST> random(tss);
    code =
        tss.Esys_GetRandom(esys, session->handle, ESYS_TR_NONE, ESYS_TR_NONE, size, random.out());
    return code == TSS2_RC_SUCCESS ? Append(tss.Tss2_MU_TPM2B_DIGEST_Marshal, random.get(), output)
                                   : code;
}

TSS2_RC Operations::NvRead(Input* input, std::vector<uint8_t>* output) {
    const TssLibrary& tss = connection_->tss();
    ESYS_CONTEXT* esys = nullptr;
    Session* session = nullptr;
    TSS2_RC code = Use(input, &esys, &session);
    if (code != TSS2_RC_SUCCESS) {
        return code;
    }
    Object index(tss, esys);
    uint16_t size = 0, offset = 0;
    if ((code = UseObject(input, esys, index.out())) != TSS2_RC_SUCCESS ||
        (code = input->Read(&size).Read(&offset).code) != TSS2_RC_SUCCESS) {
        return code;
    }
    Owned<TPM2B_MAX_NV_BUFFER> data(tss);
    code = tss.Esys_NV_Read(esys, index.get(), index.get(), session->handle, ESYS_TR_NONE,
                            ESYS_TR_NONE, size, offset, data.out());
    return code == TSS2_RC_SUCCESS
               ? Append(tss.Tss2_MU_TPM2B_MAX_NV_BUFFER_Marshal, data.get(), output)
               : code;
}

TSS2_RC Operations::Create(Input* input, std::vector<uint8_t>* output) {
    const TssLibrary& tss = connection_->tss();
    ESYS_CONTEXT* esys = nullptr;
    Session* session = nullptr;
    TSS2_RC code = Use(input, &esys, &session);
    if (code != TSS2_RC_SUCCESS) {
        return code;
    }
    Object parent(tss, esys);
    TPM2B_SENSITIVE_CREATE sensitive = {};
    TPM2B_PUBLIC area = {};
    if ((code = UseObject(input, esys, parent.out())) != TSS2_RC_SUCCESS ||
        (code = input->Read(tss.Tss2_MU_TPM2B_SENSITIVE_CREATE_Unmarshal, &sensitive)
                    .Read(tss.Tss2_MU_TPM2B_PUBLIC_Unmarshal, &area)
                    .code) != TSS2_RC_SUCCESS) {
        explicit_bzero(&sensitive, sizeof sensitive);
        return code;
    }
    const TPM2B_DATA outside = {};
    const TPML_PCR_SELECTION pcrs = {};
    Owned<TPM2B_PRIVATE> made(tss);
    Owned<TPM2B_PUBLIC> madePublic(tss);
    code = tss.Esys_Create(esys, parent.get(), session->handle, ESYS_TR_NONE, ESYS_TR_NONE,
                           &sensitive, &area, &outside, &pcrs, made.out(), madePublic.out(),
                           nullptr, nullptr, nullptr);
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
    Session* session = nullptr;
    TSS2_RC code = Use(input, &esys, &session);
    if (code != TSS2_RC_SUCCESS) {
        return code;
    }
    Object key(tss, esys);
    TPM2B_DIGEST digest = {};
    TPMT_SIG_SCHEME scheme = {};
    if ((code = UseObject(input, esys, key.out())) != TSS2_RC_SUCCESS ||
        (code = input->Read(&digest).Read(tss.Tss2_MU_TPMT_SIG_SCHEME_Unmarshal, &scheme).code) !=
            TSS2_RC_SUCCESS) {
        return code;
    }
    TPMT_TK_HASHCHECK ticket = {};
    ticket.tag = TPM2_ST_HASHCHECK;
    ticket.hierarchy = TPM2_RH_NULL;
    Owned<TPMT_SIGNATURE> signature(tss);
    code = tss.Esys_Sign(esys, key.get(), session->handle, ESYS_TR_NONE, ESYS_TR_NONE, &digest,
                         &scheme, &ticket, signature.out());
    return code == TSS2_RC_SUCCESS
               ? Append(tss.Tss2_MU_TPMT_SIGNATURE_Marshal, signature.get(), output)
               : code;
}

} // namespace tss2node
