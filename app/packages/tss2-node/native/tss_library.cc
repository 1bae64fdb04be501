#include "tss_library.h"

#include <cstdlib>
#include <dlfcn.h>
#include <iterator>
#include <mutex>

namespace tss2node {
namespace {

// The numbers are those of the ABI since tpm2-tss 3.0; version 4 has the same.
constexpr const char* kFiles[] = {"libtss2-tctildr.so.0", "libtss2-esys.so.0", "libtss2-mu.so.0"};

const char* Fill(TssLibrary* library) {
    void* handles[std::size(kFiles)] = {};
    for (size_t i = 0; i < std::size(kFiles); i++) {
        handles[i] = dlopen(kFiles[i], RTLD_NOW | RTLD_NODELETE);
        if (handles[i] == nullptr) {
            return "tpm2-tss is not installed; install Debian's libtss2-esys and libtss2-tctildr "
                   "packages, or their like";
        }
    }
    const auto find = [&handles](const char* name) -> void* {
        for (void* handle : handles) {
            if (void* found = dlsym(handle, name)) {
                return found;
            }
        }
        return nullptr;
    };
#define TSS2NODE_FIND(name)                                                                        \
    library->name = reinterpret_cast<decltype(library->name)>(find(#name));                        \
    if (library->name == nullptr) {                                                                \
        return "tpm2-tss lacks " #name "; version 3.0 or later is needed";                         \
    }
    TSS2NODE_FUNCTIONS(TSS2NODE_FIND)
#undef TSS2NODE_FIND
    return nullptr;
}

} // namespace

const TssLibrary* TssLibrary::Load(const char** why) {
    static std::mutex mutex;
    static TssLibrary library;
    static bool isFilled = false;
    const std::lock_guard<std::mutex> lock(mutex);
    if (!isFilled) {
        // tpm2-tss prints each failure to stderr as well, unless its user wishes otherwise; here it
        // becomes an error. Not by process.env, which is a copy in a worker of Node.js.
        setenv("TSS2_LOG", "all+NONE", 0);
        *why = Fill(&library);
        isFilled = *why == nullptr;
    }
    return isFilled ? &library : nullptr;
}

} // namespace tss2node
