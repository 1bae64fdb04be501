#include "connection.h"

#include <cstring>

namespace tss2node {
namespace {

// TPM_PT_MAX_RESPONSE_SIZE is 4096 on the TPMs of today.
constexpr size_t kMaxResponse = 16 * 1024;

} // namespace

void Wipe(std::vector<uint8_t>* bytes) {
    if (!bytes->empty()) {
        explicit_bzero(bytes->data(), bytes->size());
    }
}

bool BreaksConnection(TSS2_RC code) {
    switch (code & TSS2_RC_LAYER_MASK) {
    case TSS2_TPM_RC_LAYER:
    case TSS2_RESMGR_RC_LAYER:
    case TSS2_RESMGR_TPM_RC_LAYER:
    case kOtherSaltKey& TSS2_RC_LAYER_MASK:
        return false;
    default:
        return true;
    }
}

TSS2_RC Connection::Open() {
    if (tcti_ != nullptr) {
        return TSS2_RC_SUCCESS;
    }
    return tss_.Tss2_TctiLdr_Initialize(configuration_.c_str(), &tcti_);
}

TSS2_RC Connection::OpenEsys(ESYS_CONTEXT** esys) {
    const TSS2_RC opened = Open();
    if (opened != TSS2_RC_SUCCESS) {
        return opened;
    }
    if (esys_ == nullptr) {
        const TSS2_RC made = tss_.Esys_Initialize(&esys_, tcti_, nullptr);
        if (made != TSS2_RC_SUCCESS) {
            esys_ = nullptr;
            return made;
        }
    }
    *esys = esys_;
    return TSS2_RC_SUCCESS;
}

void Connection::Close() {
    if (esys_ != nullptr) {
        tss_.Esys_Finalize(&esys_);
    }
    if (tcti_ != nullptr) {
        tss_.Tss2_TctiLdr_Finalize(&tcti_);
    }
    esys_ = nullptr;
    tcti_ = nullptr;
    generation_++;
}

TSS2_RC Connection::Transmit(const std::vector<uint8_t>& command, std::vector<uint8_t>* response) {
    TSS2_RC code = Open();
    if (code == TSS2_RC_SUCCESS) {
        code = Tss2_Tcti_Transmit(tcti_, command.size(), command.data());
    }
    if (code == TSS2_RC_SUCCESS) {
        size_t size = kMaxResponse;
        response->resize(size);
        do {
            code = Tss2_Tcti_Receive(tcti_, &size, response->data(), TSS2_TCTI_TIMEOUT_BLOCK);
        } while (code == TSS2_TCTI_RC_TRY_AGAIN);
        response->resize(code == TSS2_RC_SUCCESS && size <= kMaxResponse ? size : 0);
    }
    return code;
}

} // namespace tss2node
