/** What a client may send to the development ENF: a stream of frames cut anywhere, and the packets in them. */
import assert from 'node:assert/strict';
import {
  answerEchoRequest,
  answerEchoRequest4,
  returnDatagram,
} from '../../src/dev/enf-server/echo.ts';
import { FrameReader } from '../../src/dev/enf-server/frame-reader.ts';
import { frameHeaderLength, nextFrame } from '../../src/wire/frame-stream.ts';
import { fuzzTarget } from './fuzz-target.ts';

const maxPayload = 1500;

/** The first byte is the size of the chunks, the rest the stream. */
fuzzTarget('router-stream', (input) => {
  const stream = input.subarray(1);
  const whole = read([stream]);
  const size = (input[0] ?? 0) + 1;
  const pieces = Array.from({ length: Math.ceil(stream.length / size) }, (_, i) =>
    stream.subarray(i * size, (i + 1) * size),
  );
  assert.deepEqual(read(pieces), whole, `chunks of ${size} bytes change the outcome`);
  for (const packet of whole.packets) {
    answerEchoRequest(packet, 0, packet.length);
    answerEchoRequest4(packet, 0, packet.length);
    returnDatagram(packet, 0, packet.length);
  }
  return whole.ok;
});

function read(chunks: readonly Uint8Array[]): { ok: boolean; packets: Uint8Array[] } {
  const packets: Uint8Array[] = [];
  const reader = new FrameReader(maxPayload, (buf, off, end) => {
    let at = off;
    for (; at < end; at = nextFrame(buf, at)) {
      packets.push(Uint8Array.from(buf.subarray(at + frameHeaderLength, nextFrame(buf, at))));
    }
    assert.equal(at, end, 'a frame was handed over in part');
  });
  return { ok: chunks.every((chunk) => reader.push(chunk)), packets };
}
