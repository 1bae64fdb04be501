#include "session_result.h"

#include "values.h"

namespace tlsstream {

using addon::CopyOf;
using addon::Number;
using addon::Set;
using addon::Text;

namespace {

napi_value ChainOf(napi_env env, const Trust& trust) {
    napi_value chain = nullptr;
    napi_create_array(env, &chain);
    uint32_t place = 0;
    for (const Bytes& der : trust.chain()) {
        napi_set_element(env, chain, place++, CopyOf(env, der.data(), der.size()));
    }
    return chain;
}

} // namespace

napi_value ResultOf(napi_env env, Session& session) {
    napi_value object = nullptr;
    if (napi_create_object(env, &object) != napi_ok) {
        return nullptr;
    }
    const Trust& trust = session.trust();
    const End& end = session.end();
    Set(env, object, "protocol", Text(env, SSL_get_version(session.ssl())));
    Set(env, object, "cipher",
        Text(env, SSL_CIPHER_get_name(SSL_get_current_cipher(session.ssl()))));
    Set(env, object, "chain", ChainOf(env, trust));
    if (trust.has_pin()) {
        Set(env, object, "pin", CopyOf(env, trust.pin().data(), trust.pin().size()));
    }
    Set(env, object, "begins", Number(env, static_cast<double>(trust.begins())));
    Set(env, object, "end", Number(env, static_cast<double>(end.kind)));
    Set(env, object, "code", Text(env, end.code.c_str()));
    Set(env, object, "errno", Number(env, end.error));
    Set(env, object, "verifyError", Number(env, trust.error()));
    Set(env, object, "verifyText", Text(env, X509_verify_cert_error_string(trust.error())));
    Set(env, object, "depth", Number(env, trust.depth()));
    return object;
}

void CountersOf(Session& session, double* counters) {
    const RecordSocket& socket = session.socket();
    const KeyUsage& usage = session.usage();
    const double values[kCounters] = {
        static_cast<double>(socket.bytes_read()),      static_cast<double>(socket.bytes_written()),
        static_cast<double>(socket.pending()),         static_cast<double>(usage.sent()),
        static_cast<double>(usage.received()),         static_cast<double>(usage.updates_sent()),
        static_cast<double>(usage.updates_received()),
    };
    memcpy(counters, values, sizeof values);
}

} // namespace tlsstream
