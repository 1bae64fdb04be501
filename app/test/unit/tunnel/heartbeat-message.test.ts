import assert from 'node:assert/strict';
import { heartbeatFrame, isHeartbeatReply } from '../../../src/tunnel/heartbeat-message.ts';
import { concatBytes } from '../../../src/wire/bytes.ts';
import { ownAddress, toHex } from '../router/packets.ts';
import { vector } from '../wire/link-vectors.ts';

describe('heartbeat message', () => {
  const reply = vector('heartbeat reply framed').subarray(2);

  it('is the recorded request, byte for byte', () => {
    assert.equal(toHex(heartbeatFrame(ownAddress)), toHex(vector('heartbeat request framed')));
  });

  it('recognizes the recorded reply, anywhere in a buffer', () => {
    const buf = concatBytes([new Uint8Array(5), reply, new Uint8Array(3)]);
    assert.equal(isHeartbeatReply(buf, 5, 5 + reply.length), true);
  });

  it('takes no reply with one bit changed behind the flow label and hop limit', () => {
    for (let bit = 4 * 8; bit < reply.length * 8; bit++) {
      const byte = bit >>> 3;
      if (byte === 7 || byte === 4 || byte === 5) continue; // hop limit; the length is the caller's to check
      const damaged = reply.slice();
      damaged[byte]! ^= 0x80 >>> (bit & 7);
      assert.equal(isHeartbeatReply(damaged, 0, damaged.length), false, `bit ${bit}`);
    }
  });

  it('takes no reply with data, and not its own request', () => {
    const longer = Uint8Array.of(...reply, 0, 0);
    assert.equal(isHeartbeatReply(longer, 0, longer.length), false);
    const request = vector('heartbeat request');
    assert.equal(isHeartbeatReply(request, 0, request.length), false);
  });
});
