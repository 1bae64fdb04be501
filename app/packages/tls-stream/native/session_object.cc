#include "session_object.h"

#include "callback.h"
#include "values.h"

namespace tlsstream {

int SessionObject::Open(std::unique_ptr<Session> session, napi_value self, napi_value onEvent) {
    int error = 0;
    session_ = std::move(session);
    watch_ = addon::Watch::Start(env_, session_->socket().fd(), this, &error);
    if (watch_ == nullptr) {
        session_.reset();
        return error;
    }
    napi_create_reference(env_, self, 1, &self_);
    napi_create_reference(env_, onEvent, 1, &onEvent_);
    // The first step of the handshake, on the first turn of the event loop: nothing is called
    // before.
    watch_->SetEvents(UV_WRITABLE);
    return 0;
}

void SessionObject::OnEvents(int events, bool) {
    // Keeps this alive if the function closes it.
    napi_value self;
    napi_get_reference_value(env_, self_, &self);
    RecordSocket& socket = session_->socket();
    int news = 0;
    if ((events & UV_READABLE) != 0) {
        socket.OnReadable();
    }
    if ((events & UV_WRITABLE) != 0) {
        socket.OnWritable();
        socket.Flush();
    }
    if (!session_->is_secure()) {
        session_->Handshake();
        news = session_->has_ended() ? kEnded : session_->is_secure() ? kSecure : 0;
    } else {
        const bool hasRoom = session_->socket().pending() < RecordSocket::kFlushAt;
        const bool waited = session_->waits_for_room() && hasRoom;
        const bool isDead = socket.write_error() != 0;
        if (isReading_ && ((events & UV_READABLE) != 0 || waited || isDead)) {
            news |= kReadable;
        }
        if (owesWritable_ && (hasRoom || isDead)) {
            owesWritable_ = false;
            news |= kWritable;
        }
        // Nothing else empties it: what is pending has waited for this event.
        if (owesDrained_ && (socket.pending() == 0 || isDead)) {
            owesDrained_ = false;
            news |= kDrained;
        }
    }
    if (news != 0) {
        addon::CallKept(env_, onEvent_, addon::Number(env_, news));
    }
    Watching();
}

void SessionObject::Watching() {
    if (watch_ == nullptr) {
        return;
    }
    const bool wantsInput = !session_->has_ended() && (isReading_ || !session_->is_secure());
    const bool waitsForRoom = session_->waits_for_room();
    const bool isDead = session_->socket().write_error() != 0;
    int events = 0;
    // The last flush may have made the room already, or failed; the event comes on the next turn
    // then.
    if (session_->socket().pending() > 0 || (wantsInput && (waitsForRoom || isDead)) ||
        ((owesWritable_ || owesDrained_) && isDead)) {
        events |= UV_WRITABLE;
    }
    if (wantsInput && !waitsForRoom) {
        events |= UV_READABLE;
    }
    watch_->SetEvents(events);
}

/// Where nothing is read, only a call that cannot be done shows that the socket is dead.
void SessionObject::ConcludeUnread() {
    if (!isReading_) {
        session_->ConcludeIfDead();
    }
}

size_t SessionObject::Read(uint8_t* to, size_t room) {
    const size_t length = session_->Read(to, room);
    Watching();
    return length;
}

size_t SessionObject::Write(const uint8_t* from, size_t length) {
    const size_t taken = session_->Write(from, length);
    if (taken == 0 && length > 0) {
        ConcludeUnread();
    }
    owesWritable_ = taken < length && !session_->has_ended();
    owesDrained_ = session_->socket().pending() > 0 && !session_->has_ended();
    Watching();
    return taken;
}

void SessionObject::SetReading(bool isReading) {
    isReading_ = isReading;
    Watching();
}

bool SessionObject::UpdateKeys() {
    const bool isDone = session_->UpdateKeys();
    if (!isDone) {
        ConcludeUnread();
    }
    Watching();
    return isDone;
}

void SessionObject::Finish() {
    session_->Finish();
    Watching();
}

void SessionObject::Close() {
    if (watch_ == nullptr) {
        return;
    }
    // Watching ends before the descriptor is closed: its number may be taken again at once.
    watch_->Close();
    watch_ = nullptr;
    session_.reset();
    napi_delete_reference(env_, self_);
    napi_delete_reference(env_, onEvent_);
}

} // namespace tlsstream
