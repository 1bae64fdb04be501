/** psockd's end of the cable, with a clock of the test's own, and psock-host's driver at the other end. */
import assert from 'node:assert/strict';
import { CardSession, resultCode, type Connecting, type HssSocket } from 'hss';
import { HostUsbDriver } from 'psock-host';
import { milliseconds } from '../../../../src/core/time.ts';
import { EndpointDriver } from '../../../../src/programs/psockd/endpoint-driver.ts';
import { lookMs } from '../../../../src/programs/psockd/reader-watch.ts';
import { endpoint } from '../../../../src/platform/socket-interface.ts';
import { FakeCable } from '../../../harness/fake-cable.ts';
import { FakeClock, settle } from '../../core/fake-clock.ts';
import { MemoryLog } from '../../platform/memory-log.ts';

describe('EndpointDriver', () => {
  let clock: FakeClock;
  let cable: FakeCable;
  let log: MemoryLog;
  let session: CardSession;
  let driver: EndpointDriver;
  let host: HostUsbDriver | undefined;
  /** What happened to the socket of the test. */
  let events: string[];
  /** How often the host has said that it moved. */
  let moves: number;
  beforeEach(() => {
    clock = new FakeClock();
    cable = new FakeCable();
    log = new MemoryLog();
    events = [];
    moves = 0;
    session = new CardSession();
    driver = new EndpointDriver({
      session,
      port: cable.open((event) => driver.onEvent(event)),
      log,
      now: () => clock.now(),
      schedule: (wait, callback) => clock.schedule(milliseconds(wait), callback),
      randomNumber: () => 7,
      onHostMoved: () => moves++,
    });
  });
  afterEach(async () => {
    driver.close();
    await host?.close();
    host = undefined;
  });

  async function startHost(): Promise<void> {
    host = new HostUsbDriver({
      port: cable.hostPort,
      maxSockets: 8,
      onSession: () => undefined,
      onFailure: (error) => assert.fail(error),
      onConnect: (_, answer): Connecting => {
        queueMicrotask(() => answer(resultCode.success));
        return {
          onEstablished: () => undefined,
          onData: (_data, consumed) => consumed(),
          onEnd: () => undefined,
          onClose: () => undefined,
        };
      },
    });
    await host.start();
    await turns();
  }

  /** As if it had been killed: what it had begun is taken back, and it begins nothing more. */
  function killHost(): void {
    void host!.close();
    cable.deafen();
  }

  async function connect(): Promise<HssSocket> {
    const socket = session.connect(
      { address: Uint8Array.of(192, 0, 2, 1), port: 443 },
      {
        onConnect: () => events.push('connect'),
        onData: (_data, consumed) => consumed(),
        onEnd: () => events.push('end'),
        onClose: (errno) => events.push(`close ${errno ?? 'normal'}`),
      },
    );
    await turns();
    return socket;
  }

  async function turns(): Promise<void> {
    for (let i = 0; i < 4; i++) await settle();
  }

  async function pass(looks: number): Promise<void> {
    for (let i = 0; i < looks; i++) {
      clock.advance(lookMs);
      await turns();
    }
  }

  it('takes a windowed host for gone when it reads nothing any more, though nothing is sent', async () => {
    cable.plug();
    await startHost();
    await connect();
    assert.deepEqual(events, ['connect']);
    killHost();
    await pass(2);
    assert.equal(session.presence, 'silent');
    assert.equal(session.isWindowed, false);
    assert.deepEqual(events, ['connect', 'close ECONNRESET']);
    assert.match(log.lines.join('\n'), /\[host-stopped-reading\]/);
    assert.equal(cable.waiting(endpoint.bulkIn), 0, 'what it did not read is taken back');
  });

  it('does so while data wait for it', async () => {
    cable.plug();
    await startHost();
    const socket = await connect();
    killHost();
    socket.write(new Uint8Array(100_000), () => undefined);
    await turns();
    assert.ok(cable.waiting(endpoint.bulkIn) > 1);
    await pass(2);
    assert.deepEqual(events, ['connect', 'close ECONNRESET']);
    assert.equal(cable.waiting(endpoint.bulkIn), 0);
  });

  it('notices that the network of the host has changed, and continues', async () => {
    cable.plug();
    await startHost();
    await connect();
    host!.tellMoved();
    await turns();
    assert.equal(moves, 1);
    assert.equal(cable.stalls, 0);
    assert.equal(session.isWindowed, true);
    assert.deepEqual(events, ['connect']);
  });

  it('refuses that word of a host without a window, which says none such', async () => {
    cable.plug();
    cable.hostPort.tellMoved();
    assert.deepEqual([moves, cable.stalls], [0, 1]);
    cable.knowsWindows = false;
    await startHost();
    host!.tellMoved();
    assert.deepEqual([moves, cable.stalls], [0, 1]);
  });

  it('begins nothing while transfers are taken back, though something was written just before', async () => {
    cable.plug();
    await startHost();
    const socket = await connect();
    cable.holdReads(endpoint.bulkIn);
    socket.write(new Uint8Array(10), () => undefined);
    driver.onEvent({ kind: 'disable' });
    await turns();
    assert.equal(cable.waiting(endpoint.bulkIn), 0);
    assert.equal(session.presence, 'unplugged');
    assert.deepEqual(events, ['connect', 'close ENETDOWN']);
  });

  it('receives on after an empty transfer', async () => {
    cable.plug();
    await startHost();
    const receiving = cable.waiting(endpoint.commandOut);
    cable.hostPort.sendCommand(new Uint8Array(0), () => undefined);
    assert.equal(cable.waiting(endpoint.commandOut), receiving - 1);
    await turns();
    assert.equal(cable.waiting(endpoint.commandOut), receiving);
  });

  it('serves the next program of that host', async () => {
    cable.plug();
    await startHost();
    killHost();
    await pass(2);
    await startHost();
    assert.equal(session.presence, 'answering');
    await connect();
    assert.deepEqual(events, ['connect']);
  });

  it('leaves a host alone that reads, however long it has nothing to say', async () => {
    cable.plug();
    await startHost();
    const socket = await connect();
    await pass(100);
    assert.equal(session.presence, 'answering');
    socket.write(new Uint8Array(100), () => events.push('sent'));
    await pass(3);
    assert.deepEqual(events, ['connect', 'sent']);
  });

  it('gives a host that is only busy its time', async () => {
    cable.plug();
    await startHost();
    await connect();
    const reads = cable.holdReads(endpoint.bulkIn);
    await pass(1);
    clock.advance(lookMs - 1);
    reads.resume();
    await turns();
    await pass(3);
    assert.equal(session.presence, 'answering');
    assert.deepEqual(events, ['connect']);
  });

  it('asks nothing of a host of the C system', async () => {
    cable.knowsWindows = false;
    cable.plug();
    clock.advance(250); // for which it is quiet
    await startHost();
    await connect();
    assert.deepEqual(events, ['connect']);
    const { messagesIn } = host!.session.counters;
    await pass(20);
    assert.equal(host!.session.counters.messagesIn, messagesIn);
    assert.equal(session.presence, 'answering');
  });
});
