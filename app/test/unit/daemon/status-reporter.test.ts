import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { FakeDevice } from 'tuntap2/fake';
import { readStatus } from '../../../src/status/read-status.ts';
import { StatusReporter } from '../../../src/daemon/status-reporter.ts';
import type { StorageStatus } from '../../../src/status/storage.ts';
import { TrafficRecord } from '../../../src/daemon/packets/traffic.ts';
import type { TunnelState } from '../../../src/tunnel/tunnel-state.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';
import { FakeClock } from '../core/fake-clock.ts';
import { MemoryLog } from '../platform/memory-log.ts';
import { status, traffic, upState, waitingState } from '../status/status-fixture.ts';

describe('status reporter', () => {
  const folder = scratchFolder();
  let log: MemoryLog;
  let clock: FakeClock;
  let tunnel: TunnelState;
  let storage: StorageStatus | null;
  let reporter: StatusReporter;

  function start(environment: Record<string, string>): void {
    log = new MemoryLog();
    clock = new FakeClock();
    storage = null;
    tunnel = { ...upState, since: clock.now() };
    reporter = new StatusReporter({
      config: () => ({
        file: 'enf0.conf',
        remote: status().remote as never, // Only hosts and port are looked at.
        status: { socket: undefined },
      }),
      tunnel: () => tunnel,
      link: { kind: 'ethernet', device: new FakeDevice(), problem: undefined },
      attachment: { hasCarrier: true, traffic },
      storage: () => storage,
      clock,
      log,
      environment,
    });
  }
  afterEach(() => reporter.close());

  it('serves the state of the moment, at the socket in the folder of the service', async () => {
    start({ RUNTIME_DIRECTORY: folder() });
    await reporter.open();
    const socket = path.join(folder(), 'status');
    assert.equal((await readStatus(socket)).state, 'up');
    tunnel = waitingState;
    clock.advance(7000);
    const later = await readStatus(socket);
    assert.deepEqual([later.state, later.uptimeSeconds], ['waiting', 7]);
    reporter.close();
    assert.ok(!existsSync(socket));
    assert.deepEqual(log.lines, []);
  });

  it('closes a socket that opens after its own end', async () => {
    start({ RUNTIME_DIRECTORY: folder() });
    const opened = reporter.open();
    reporter.close();
    await opened;
    assert.ok(!existsSync(path.join(folder(), 'status')));
  });

  it('warns of a card that keeps nothing, and asks for it each time', async () => {
    start({});
    storage = { path: '/data', state: 'read-only' };
    await reporter.open();
    assert.match(log.lines.join(), /^warning: \/data .*\[storage-problem\]/);
    assert.deepEqual(reporter.document.storage, storage);
    storage = { path: '/data', state: 'kept' };
    assert.equal(reporter.document.storage?.state, 'kept');
  });

  it('has no socket without a folder', async () => {
    start({});
    await reporter.open();
    assert.deepEqual(log.lines, []);
    assert.equal(reporter.document.state, 'up');
  });

  it('warns when there can be no socket, and goes on', async () => {
    start({ RUNTIME_DIRECTORY: path.join(folder(), 'none') });
    await reporter.open();
    assert.equal(log.lines.length, 1);
    assert.match(
      log.lines[0] ?? '',
      /^warning: status socket .*make its folder.*\[status-socket-failed\]/,
    );
  });
});

describe('traffic of data paths', () => {
  const device = {
    ...new FakeDevice().counters,
    readPackets: 429,
    readBytes: 60_000,
    readMalformed: 5,
    controlDropped: 6,
  };
  const path = () => ({
    sorter: { counters: { ...traffic.egress } },
    inboundFilter: { counters: { ...traffic.ingress } },
    routerPort: { counters: { ...traffic.router } },
    control: { counters: { packets: 1_500_000, bytes: 90_000_000, ignored: 2 } },
    outbound: { droppedWithoutTunnel: 12, droppedWhenFull: 0 },
  });

  it('is a copy: a printed status does not change afterwards', () => {
    const counted = path();
    const told = new TrafficRecord().traffic(device, counted);
    const before = JSON.stringify(told);
    counted.sorter.counters.passed++;
    counted.inboundFilter.counters.passed++;
    counted.routerPort.counters.mdns++;
    assert.equal(JSON.stringify(told), before);
    assert.equal(told.egress.withoutTunnel, 12);
  });

  it('has what the device and its kernel dropped or marked, once, through reloads too', () => {
    const record = new TrafficRecord();
    const lossy = { ...device, queueDropped: 7, kernelDropped: 8, queueMarked: 9 };
    const counted = path();
    record.ended({ ...counted, outbound: { droppedWithoutTunnel: 0, droppedWhenFull: 3 } });
    const { queueFull, notReceived, marked } = record.traffic(lossy, counted).egress;
    assert.deepEqual(
      { queueFull, notReceived, marked },
      { queueFull: 10, notReceived: 8, marked: 9 },
    );
  });

  it('has all frames of the host, those for its router and unusable ones too', () => {
    const { fromHost, frames } = new TrafficRecord().traffic(device, path());
    assert.deepEqual(fromHost, { packets: 1_500_429, bytes: 90_060_000 });
    const expected = { malformed: 5, notForUs: 2, controlOverflow: 6, refusedByKernel: 0 };
    assert.deepEqual(frames, expected);
  });

  it('goes on from what former data paths have counted', () => {
    const record = new TrafficRecord();
    record.ended(path());
    record.ended(path());
    const { fromHost, frames, egress, ingress, router } = record.traffic(device, path());
    assert.equal(egress.withoutTunnel, 36);
    assert.equal(egress.passed, 3 * traffic.egress.passed);
    assert.equal(ingress.heartbeatReply, 3 * traffic.ingress.heartbeatReply);
    assert.equal(router.mdns, 3 * traffic.router.mdns);
    assert.equal(frames.notForUs, 6);
    assert.equal(fromHost.packets, 4_500_429, 'the device goes on by itself');
  });
});
