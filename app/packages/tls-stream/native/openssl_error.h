// OpenSSL's queue of errors belongs to the thread, and node:crypto uses it as well. What others
// left in it would be taken for a failure of ours, and what we leave for one of theirs: it is
// cleared before each call that may fail, and emptied after a failure.

#pragma once

#include <string>

namespace tlsstream {

/// Empties this thread's queue; an instance does so again at its end.
class CleanErrorQueue {
  public:
    CleanErrorQueue();
    ~CleanErrorQueue();
    CleanErrorQueue(const CleanErrorQueue&) = delete;
    CleanErrorQueue& operator=(const CleanErrorQueue&) = delete;
};

/// The code that Node.js gives to the first error of a session, such as
/// "ERR_SSL_WRONG_VERSION_NUMBER"; "ERR_SSL_UNKNOWN" when the queue is empty.
std::string FirstErrorCode();

/// The same for what is done without a connection, where Node.js names the library as well:
/// "ERR_OSSL_X509_KEY_VALUES_MISMATCH", "ERR_SSL_NO_CIPHER_MATCH".
std::string FirstContextErrorCode();

} // namespace tlsstream
