/** What router.test.ts cannot see from outside: runs of frames, and that the packet path allocates nothing. */
import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { AddressTable } from '../../../../src/dev/enf-server/address-table.ts';
import { BufferPool } from '../../../../src/dev/enf-server/buffer-pool.ts';
import { ClientSession } from '../../../../src/dev/enf-server/client-session.ts';
import { Forwarder } from '../../../../src/dev/enf-server/forwarder.ts';
import { FrameReader } from '../../../../src/dev/enf-server/frame-reader.ts';
import { OutputQueue, FlushScheduler } from '../../../../src/dev/enf-server/output-queue.ts';
import { SessionFaults } from '../../../../src/dev/enf-server/session-faults.ts';
import { encodeFrame } from '../../../../src/wire/frame-stream.ts';
import { heapBytesPerCall } from '../../wire/allocation.ts';
import { address, addressOne, addressTwo, datagram, elsewhere } from './enf-fixture.ts';

/** Takes everything at once and remembers how it came. */
class Sink extends OutputQueue {
  readonly queuedBytes = 0;
  runs = 0;
  bytes = 0;

  protected override take(_buf: Uint8Array, off: number, end: number): void {
    this.runs++;
    this.bytes += end - off;
  }

  protected override writeOut(): void {
    // Nothing waits.
  }
}

function site() {
  const turn = new FlushScheduler();
  const clients = new AddressTable<ClientSession>();
  const sink = new Sink(turn);
  const forwarder = new Forwarder(clients, sink);
  const session = new ClientSession({
    // Never connected: only the forwarder's side of the session is used.
    socket: new TLSSocket(new Socket()),
    address: address(addressOne),
    addressText: addressOne,
    turn,
    pool: new BufferPool(1 << 16),
    faults: new SessionFaults(),
    handlers: { onFrames: () => undefined, onClosed: () => undefined },
  });
  clients.set(session.address, session);
  return { forwarder, session, sink };
}

const good = encodeFrame(datagram(addressOne, elsewhere, 1280));
const other = encodeFrame(datagram(addressOne, '2001:db8::81', 200));
const spoofed = encodeFrame(datagram(addressTwo, elsewhere, 300));

describe('enf-server/forwarder', () => {
  const rows: [name: string, frames: Uint8Array[], runs: number, passed: number][] = [
    ['a burst for one outlet', [good, good, good], 1, 3],
    ['different destinations behind it', [good, other, good], 1, 3],
    ['a refused frame in the middle', [good, spoofed, good], 2, 2],
    ['refused frames at both ends', [spoofed, good, good, spoofed], 1, 2],
    ['nothing that passes', [spoofed, spoofed], 0, 0],
  ];
  for (const [name, frames, runs, passed] of rows) {
    it(`hands over as few runs as possible: ${name}`, () => {
      const { forwarder, session, sink } = site();
      const burst = Buffer.concat(frames);
      forwarder.fromClient(session, burst, 0, burst.length);
      assert.equal(sink.runs, runs);
      assert.equal(forwarder.counters.clientToBeyond, passed);
      const expected = frames.filter((frame) => frame !== spoofed);
      assert.equal(sink.bytes, Buffer.concat(expected).length);
    });
  }

  it('allocates nothing per packet, from the stream to the outlet', () => {
    const { forwarder, session, sink } = site();
    const burst = Uint8Array.from(
      Buffer.concat(Array.from({ length: 12 }, (_, i) => [good, other, spoofed][i % 3]!)),
    );
    const reader = new FrameReader(1500, (buf, off, end) =>
      forwarder.fromClient(session, buf, off, end),
    );
    const bytes = heapBytesPerCall(() => reader.push(burst));
    // A burst costs a little; twelve packets with one object each would cost 200 bytes and more.
    assert.ok(bytes < 100, `${bytes} bytes per burst of 12 packets`);
    assert.ok(sink.runs > 100_000);
  });
});
