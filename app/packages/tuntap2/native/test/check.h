// A check that ends the test program and names its place and case.

#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

namespace tuntap2::test {

inline std::string& CaseName() {
    static std::string name;
    return name;
}

[[noreturn]] inline void FailCheck(const char* file, int line, const char* condition) {
    fprintf(stderr, "%s:%d: %s: failed: %s\n", file, line, CaseName().c_str(), condition);
    exit(1);
}

} // namespace tuntap2::test

#define EXPECT(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            ::tuntap2::test::FailCheck(__FILE__, __LINE__, #condition);                            \
    } while (false)
