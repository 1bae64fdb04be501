// A RecordSocket as the BIO of an SSL. The methods belong to the one that made them, since nothing
// global is kept, and must outlive the BIO.

#pragma once

#include <openssl/bio.h>

#include "record_socket.h"

namespace tlsstream {

/// Free with BIO_meth_free; nullptr when there is no memory.
BIO_METHOD* NewSocketMethods();

/// The socket stays the caller's. nullptr when there is no memory.
BIO* NewSocketBio(BIO_METHOD* methods, RecordSocket* socket);

} // namespace tlsstream
