import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UnixDatagram } from 'tuntap2';
import { SystemdNotify } from '../../../src/platform/systemd-notify.ts';

const ownPid = 4711;

describe('platform/systemd-notify', () => {
  let folder: string;
  let name: string;
  let supervisor: UnixDatagram;
  let received: string[];
  let arrived: () => void;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'notify-'));
    name = path.join(folder, 'notify');
    received = [];
    arrived = () => undefined;
    supervisor = new UnixDatagram();
    supervisor.bind(name);
    supervisor.start({
      onMessage({ data }) {
        received.push(new TextDecoder().decode(data));
        arrived();
      },
      onError: assert.ifError,
    });
  });

  afterEach(() => {
    supervisor.close();
    rmSync(folder, { recursive: true });
  });

  async function messages(count: number): Promise<string[]> {
    while (received.length < count) await new Promise<void>((resolve) => (arrived = resolve));
    return received;
  }

  it('sends each state as systemd spells it', async () => {
    const notify = new SystemdNotify({ NOTIFY_SOCKET: name }, ownPid);
    notify.ready('tunnel is connecting');
    notify.status('tunnel is up');
    notify.watchdog();
    notify.reloading(5_000_000_123n);
    notify.stopping();
    assert.deepEqual(await messages(5), [
      'READY=1\nSTATUS=tunnel is connecting',
      'STATUS=tunnel is up',
      'WATCHDOG=1',
      'RELOADING=1\nMONOTONIC_USEC=5000000',
      'STOPPING=1',
    ]);
    notify.close();
  });

  it('takes the first state of a service for its readiness', async () => {
    const notify = new SystemdNotify({ NOTIFY_SOCKET: name }, ownPid);
    notify.state('connecting');
    notify.state('tunnel up');
    notify.state('tunnel down');
    assert.deepEqual(await messages(3), [
      'READY=1\nSTATUS=connecting',
      'STATUS=tunnel up',
      'STATUS=tunnel down',
    ]);
    notify.close();
  });

  it('cuts a state that others have made too long', async () => {
    const notify = new SystemdNotify({ NOTIFY_SOCKET: name }, ownPid);
    notify.status('x'.repeat(200_000));
    notify.ready('x'.repeat(200_000));
    for (const message of await messages(2)) assert.ok(message.length < 600, message);
    notify.close();
  });

  it('reads the time of a reload from the monotonic clock', async () => {
    const before = process.hrtime.bigint() / 1000n;
    const notify = new SystemdNotify({ NOTIFY_SOCKET: name }, ownPid);
    notify.reloading();
    const after = process.hrtime.bigint() / 1000n;
    const [message = ''] = await messages(1);
    const sent = BigInt(/^MONOTONIC_USEC=(\d+)$/m.exec(message)?.[1] ?? '0');
    assert.ok(before <= sent && sent <= after, `${before} <= ${sent} <= ${after}`);
    notify.close();
  });

  it('reports the end of overlapping reloads once, after the last of them', async () => {
    const notify = new SystemdNotify({ NOTIFY_SOCKET: name }, ownPid);
    const ends: (() => void)[] = [];
    const reload = () =>
      notify.whileReloading(() => new Promise<void>((resolve) => ends.push(resolve)));
    const [first, second, third] = [reload(), reload(), reload()];
    ends[0]!();
    await first;
    ends[1]!();
    ends[2]!();
    await Promise.all([second, third]);
    notify.status('after');
    const states = (await messages(5)).map((message) => message.split('=')[0]);
    assert.deepEqual(states, ['RELOADING', 'RELOADING', 'RELOADING', 'READY', 'STATUS']);
    notify.close();
  });

  it('keeps a status on one line, so that it cannot set another variable', async () => {
    const notify = new SystemdNotify({ NOTIFY_SOCKET: name }, ownPid);
    notify.status('server said:\r\nREADY=1');
    assert.deepEqual(await messages(1), ['STATUS=server said: READY=1']);
    notify.close();
  });

  it('reaches a supervisor on an abstract name', async () => {
    const abstract = new UnixDatagram();
    abstract.bind(`@${name}`);
    const message = new Promise<string>((resolve, reject) =>
      abstract.start({
        onMessage: ({ data }) => resolve(new TextDecoder().decode(data)),
        onError: reject,
      }),
    );
    new SystemdNotify({ NOTIFY_SOCKET: `@${name}` }, ownPid).ready();
    assert.equal(await message, 'READY=1');
    abstract.close();
  });

  it('sends what a busy supervisor did not take later, with the newest value of each variable', async () => {
    const filler = new UnixDatagram();
    while (filler.send('', { to: name }));
    const notify = new SystemdNotify({ NOTIFY_SOCKET: name }, ownPid);
    notify.ready('first');
    notify.status('second');
    notify.watchdog();
    filler.close();
    const fillers = received.length;
    assert.equal(fillers, 0, 'the supervisor has not read yet');
    const last = await new Promise<string>((resolve) => {
      arrived = () => {
        const text = received.at(-1) ?? '';
        if (text !== '') resolve(text);
      };
    });
    assert.equal(last, 'READY=1\nSTATUS=second\nWATCHDOG=1');
    notify.close();
  });

  it('survives a supervisor that goes away and comes back', async () => {
    const notify = new SystemdNotify({ NOTIFY_SOCKET: name }, ownPid);
    supervisor.close();
    notify.ready();
    rmSync(name);
    notify.status('not received');
    supervisor = new UnixDatagram();
    supervisor.bind(name);
    supervisor.start({
      onMessage({ data }) {
        received.push(new TextDecoder().decode(data));
        arrived();
      },
      onError: assert.ifError,
    });
    notify.watchdog();
    assert.deepEqual(await messages(1), ['WATCHDOG=1']);
    notify.close();
  });

  const silent: [what: string, value: string | undefined, isSupervised: boolean][] = [
    ['no NOTIFY_SOCKET', undefined, false],
    ['an empty one', '', false],
    ['one on vsock', 'vsock:2:1234', false],
    ['a relative path', 'run/notify', false],
    ['a path that is too long', `/${'x'.repeat(108)}`, true],
    ['a path without a socket', '/nonexistent/notify', true],
  ];
  for (const [what, value, isSupervised] of silent) {
    it(`does not throw with ${what}`, () => {
      const notify = new SystemdNotify({ NOTIFY_SOCKET: value }, ownPid);
      assert.equal(notify.isSupervised, isSupervised);
      notify.ready('x');
      notify.status('x');
      notify.reloading();
      notify.watchdog();
      notify.stopping();
      notify.close();
    });
  }

  const watchdogs: [
    what: string,
    usec: string | undefined,
    pid: string | undefined,
    expected: number | undefined,
  ][] = [
    ['none', undefined, undefined, undefined],
    ['half of the time allowed', '30000000', undefined, 15_000],
    ['our own process id', '3000000', '4711', 1500],
    ['the process id of another process', '3000000', '4712', undefined],
    ['zero', '0', undefined, undefined],
    ['no number', '3s', undefined, undefined],
    ['a negative number', '-3', undefined, undefined],
  ];
  for (const [what, usec, pid, expected] of watchdogs) {
    it(`watchdog interval: ${what}`, () => {
      const environment = { NOTIFY_SOCKET: name, WATCHDOG_USEC: usec, WATCHDOG_PID: pid };
      assert.equal(new SystemdNotify(environment, ownPid).watchdogInterval, expected);
    });
  }

  it('leaves the environment as it is', () => {
    const environment = { NOTIFY_SOCKET: name, WATCHDOG_USEC: '1000000', WATCHDOG_PID: '4711' };
    const before = { ...environment };
    const notify = new SystemdNotify(environment, ownPid);
    notify.ready();
    notify.close();
    assert.deepEqual(environment, before);
  });
});
