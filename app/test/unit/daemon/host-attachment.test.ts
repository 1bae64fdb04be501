import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { FakeDevice, FakeEthernetDevice } from 'tuntap2/fake';
import { Attempt, GivenUpError } from '../../../src/core/attempt.ts';
import { EnvironmentError } from '../../../src/core/errors.ts';
import type { Identity } from '../../../src/identity/identity.ts';
import { EthernetLink } from '../../../src/link/ethernet-link.ts';
import { TunLink, type TunLinkOptions } from '../../../src/link/tun-link.ts';
import { HostAttachment } from '../../../src/daemon/host-attachment.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { LineLogger } from '../../../src/platform/log.ts';
import { DeadlineTimer } from '../../../src/platform/deadline-timer.ts';
import { encodeEthernet, etherType } from '../../../src/wire/ethernet.ts';
import { icmpv6Type } from '../../../src/wire/icmpv6.ts';
import { formatIpv6 } from '../../../src/wire/ipv6-address.ts';
import { ipv6HeaderLength } from '../../../src/wire/ipv6.ts';
import { formatMac } from '../../../src/wire/mac-address.ts';
import { decodeNdPacket } from '../../../src/wire/nd/nd-packet.ts';
import { hostMac, ip, otherMac, ownMac, recorded } from '../router/packets.ts';
import { incoming } from '../tunnel/frames.ts';
import { FakeClock } from '../core/fake-clock.ts';
import { MemoryLog } from '../platform/memory-log.ts';

function identityFor(address: string): Identity {
  return {
    ca: '',
    roots: [],
    cert: '',
    key: '',
    address: ip(address),
    addressText: formatIpv6(ip(address)),
    notBefore: new Date(0),
    notAfter: new Date(0),
  };
}

describe('attachment', () => {
  let folder: string;
  let device: FakeDevice;
  let clock: FakeClock;
  let log: MemoryLog;
  let addresses: string[];
  let failures: Error[];
  let attachment: HostAttachment;
  let canSetAddress: boolean;
  /** For programs that take their time. */
  let whileSetting: Promise<void>;
  let onConfigRead: () => void;
  let configFile: string;
  let guard: NonNullable<TunLinkOptions['guard']>;
  let looks: number;
  let linkProblems: number;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'attachment-'));
    const file = path.join(folder, 'enf.conf');
    configFile = file;
    await writeFile(file, `identity : { cert_file = "${folder}/cert.pem" key_file = "key" }\n`);
    device = new FakeDevice();
    clock = new FakeClock();
    log = new MemoryLog();
    addresses = [];
    failures = [];
    canSetAddress = true;
    whileSetting = Promise.resolve();
    onConfigRead = () => undefined;
    const set = async (address: string): Promise<void> => {
      await whileSetting;
      if (!canSetAddress) {
        const details = { errno: 'EPERM', syscall: 'execve' };
        throw new EnvironmentError('not permitted', details);
      }
      addresses.push(address);
    };
    guard = {
      set,
      look: () => looks++,
      problem: undefined,
      onProblem: () => undefined,
      close: () => undefined,
    };
    looks = 0;
    linkProblems = 0;
    attachment = new HostAttachment({
      config: () => {
        onConfigRead();
        return loadConfig(file).config;
      },
      link: new TunLink({ device, guard }),
      clock,
      timer: new DeadlineTimer(clock),
      log,
      onLinkProblem: () => linkProblems++,
      onFailure: (error) => failures.push(error),
    });
  });
  afterEach(async () => {
    attachment.close();
    await rm(folder, { recursive: true });
  });

  const use = (identity: Identity) => attachment.use(identity, new Attempt().signal);

  const solicited = (): boolean => {
    const before = device.sent.length;
    device.inject(recorded.routerSolicitation);
    return device.sent.length > before;
  };

  it('does not start what was closed while it was being prepared', async () => {
    const used = use(identityFor('fd00:8f80:1::1234'));
    attachment.close();
    await assert.rejects(used, EnvironmentError);
    assert.equal(clock.pending, 0);
  });

  it('prepares nothing for an identity that was given up while its address was being set', async () => {
    let finish: () => void = () => undefined;
    whileSetting = new Promise((resolve) => (finish = resolve));
    const attempt = new Attempt();
    const given = attachment.use(identityFor('fd00::1'), attempt.signal);
    await new Promise(setImmediate);
    attempt.giveUp();
    let reads = 0;
    onConfigRead = () => reads++;
    finish();
    await assert.rejects(given, GivenUpError);
    assert.equal(reads, 0);
  });

  it('reports that it serves the host once it does, and only then', async () => {
    const reports = () => log.lines.filter((line) => /serving the host on fake0/.test(line)).length;
    attachment.carrierChanged(true);
    assert.equal(reports(), 0);
    await use(identityFor('fd00::1'));
    assert.equal(reports(), 1);
    await use(identityFor('fd00::2'));
    assert.equal(reports(), 1);
  });

  it('says nothing to the host before there is an identity', async () => {
    attachment.carrierChanged(true);
    clock.advance(60_000);
    assert.equal(device.sent.length, 0);
    await use(identityFor('fd00::1'));
    assert.equal(device.sent.length, 1, 'the first announcement');
    assert.equal(solicited(), true);
    assert.deepEqual(addresses, ['fd00::1']);
  });

  it('leaves the data path alone when another identity was given up before it was ready', async () => {
    attachment.carrierChanged(true);
    const first = await use(identityFor('fd00::1'));
    let finish: () => void = () => undefined;
    whileSetting = new Promise((resolve) => (finish = resolve));
    const change = new Attempt();
    const given = attachment.use(identityFor('fd00::2'), change.signal);
    await new Promise(setImmediate);
    change.giveUp();
    const kept = use(identityFor('fd00::1'));
    finish();
    await assert.rejects(given, GivenUpError);
    assert.equal(await kept, first);
    assert.equal(addresses.at(-1), 'fd00::1', 'whatever the interface has got meanwhile');
    assert.doesNotMatch(log.lines.join('\n'), /the address is now/);
    assert.equal(solicited(), true);
    assert.equal(await use(identityFor('fd00::1')), first);
  });

  it('is still with the address before when another was given up at the last moment', async () => {
    const first = await use(identityFor('fd00::1'));
    const change = new Attempt();
    onConfigRead = () => change.giveUp();
    await assert.rejects(attachment.use(identityFor('fd00::2'), change.signal), GivenUpError);
    onConfigRead = () => undefined;
    assert.equal(await use(identityFor('fd00::1')), first);
    assert.deepEqual(addresses, ['fd00::1', 'fd00::2', 'fd00::1']);
  });

  it('serves by the newest configuration, also when that came while it was being prepared', async () => {
    onConfigRead = () => {
      onConfigRead = () => undefined;
      setImmediate(() => attachment.reconfigure());
    };
    const first = await use(identityFor('fd00::1'));
    assert.notEqual(await use(identityFor('fd00::1')), first);
  });

  it('counts on when a reload or another address makes a new data path', async () => {
    assert.equal(attachment.traffic, null);
    await use(identityFor('fd00::1'));
    const counted = () => attachment.traffic?.router.routerSolicitations;
    solicited();
    assert.equal(counted(), 1);
    attachment.reconfigure();
    await use(identityFor('fd00::1'));
    solicited();
    assert.equal(counted(), 2);
    await use(identityFor('fd00::2'));
    assert.equal(counted(), 2);
  });

  it('keeps everything when the identity has the same address', async () => {
    const first = await use(identityFor('fd00::1'));
    const sent = device.sent.length;
    assert.equal(await use(identityFor('fd00::1')), first);
    assert.equal(device.sent.length, sent);
  });

  it('sees to the address with each use, whether or not it is another one', async () => {
    await use(identityFor('fd00::1'));
    await use(identityFor('fd00::1'));
    assert.deepEqual(addresses, ['fd00::1', 'fd00::1']);
    canSetAddress = false;
    await assert.rejects(use(identityFor('fd00::1')), EnvironmentError);
  });

  it('has the interface looked at when it has changed, and reports what it lacks', () => {
    attachment.linkChanged();
    assert.equal(looks, 1);
    guard.onProblem('fake0 lacks something');
    guard.onProblem(undefined);
    assert.deepEqual(log.lines, [
      'warning: fake0 lacks something [link-problem]',
      'info: fake0 is up, with its address and its MTU [link-restored]',
    ]);
    assert.equal(linkProblems, 2);
  });

  it('serves another address in place of the one before', async () => {
    attachment.carrierChanged(true);
    const first = await use(identityFor('fd00::1'));
    const second = await use(identityFor('fd00::2'));
    assert.notEqual(second, first);
    assert.deepEqual(addresses, ['fd00::1', 'fd00::2']);
    device.sent.splice(0);
    assert.equal(solicited(), true);
    assert.equal(device.sent.length, 1, 'one router answers');
    clock.advance(60_000);
    const perMinute = device.sent.length;
    assert.ok(perMinute <= 4, `${perMinute} announcements: one router announces itself`);
  });

  it('lets the log end with the state that a flapping cable has come to', async () => {
    const lines: string[] = [];
    const lineLog = new LineLogger({
      level: 'info',
      style: 'journal',
      write: (line) => lines.push(line),
      now: () => clock.now(),
      schedule: () => undefined,
    });
    const flapping = new HostAttachment({
      config: () => loadConfig(configFile).config,
      link: new TunLink({ device }),
      clock,
      timer: new DeadlineTimer(clock),
      log: lineLog,
      onLinkProblem: () => linkProblems++,
      onFailure: (error) => failures.push(error),
    });
    for (const has of [true, false, true, false, true]) flapping.carrierChanged(has);
    lineLog.flush();
    assert.match(lines.at(-1)!, /fake0: connected \(.*\[link-connected\]/);
    for (const has of [true, false]) flapping.carrierChanged(has);
    lineLog.flush();
    assert.match(lines.at(-1)!, /fake0: .*\[link-disconnected\]/);
    await Promise.resolve();
  });

  it('follows another MAC address of its interface, and says so to the host', async () => {
    const ethernet = new FakeEthernetDevice({ mac: ownMac });
    const served = new HostAttachment({
      config: () => loadConfig(configFile).config,
      link: new EthernetLink(ethernet),
      clock,
      timer: new DeadlineTimer(clock),
      log,
      onLinkProblem: () => linkProblems++,
      onFailure: (error) => failures.push(error),
    });
    served.macChanged(ownMac);
    served.carrierChanged(true);
    await served.use(identityFor('fd00::1'), new Attempt().signal);
    clock.advance(10_000);
    ethernet.sent.splice(0);
    served.macChanged(ownMac);
    assert.equal(ethernet.sent.length, 0);
    served.macChanged(otherMac);
    assert.deepEqual(
      ethernet.sent.map((frame) => formatMac(frame, 6)),
      [formatMac(otherMac), formatMac(otherMac)],
    );
    assert.match(log.lines.at(-1)!, /02:00:00:00:00:09 \[link-mac-changed\]/);
    attachment.macChanged(otherMac);
    served.close();
  });

  it('keeps the traffic with the host when a reload changes what is announced to the host', async () => {
    const ethernet = new FakeEthernetDevice({ mac: ownMac });
    const link = new EthernetLink(ethernet);
    const served = new HostAttachment({
      config: () => loadConfig(configFile).config,
      link,
      clock,
      timer: new DeadlineTimer(clock),
      log,
      onLinkProblem: () => linkProblems++,
      onFailure: (error) => failures.push(error),
    });
    const ask = (source: Uint8Array): void => {
      const header = { destination: ownMac, source, etherType: etherType.ipv6 };
      ethernet.inject(encodeEthernet(header, recorded.routerSolicitation));
    };
    const goesTo = (): string => {
      ethernet.sent.splice(0);
      link.perform([{ type: 'send', packet: incoming() }]);
      return formatMac(ethernet.sent[0]!);
    };
    served.carrierChanged(true);
    await served.use(identityFor('fd00::1'), new Attempt().signal);
    ask(hostMac);
    assert.equal(goesTo(), formatMac(hostMac));
    served.reconfigure();
    await served.use(identityFor('fd00::1'), new Attempt().signal);
    assert.equal(goesTo(), formatMac(hostMac));
    ask(otherMac);
    assert.equal(goesTo(), formatMac(hostMac));
    served.carrierChanged(false);
    served.carrierChanged(true);
    ask(otherMac);
    assert.equal(goesTo(), formatMac(otherMac), 'another host after the cable was pulled');
    served.close();
  });

  it('takes the route of the address before back, and says that the address has changed', async () => {
    attachment.carrierChanged(true);
    await use(identityFor('fd00:0:0:1::1'));
    assert.deepEqual(routeLifetimes(), { 'fd00:0:0:1::': 1800 });
    await use(identityFor('fd00:0:0:2::1'));
    assert.deepEqual(routeLifetimes(), { 'fd00:0:0:2::': 1800, 'fd00:0:0:1::': 0 });
    assert.match(log.lines.join('\n'), /fd00:0:0:2::1.* fd00:0:0:1::1.*\[address-changed\]/);
    await use(identityFor('fd00:0:0:1::1'));
    assert.deepEqual(routeLifetimes(), { 'fd00:0:0:1::': 1800, 'fd00:0:0:2::': 0 });
  });

  it('takes the routes back that a new configuration no longer has', async () => {
    const identity = `identity : { cert_file = "${folder}/cert.pem" key_file = "key" }\n`;
    const configure = async (prefixes: string) => {
      await writeFile(configFile, `${identity}route : { prefixes = [ ${prefixes} ] }\n`);
      attachment.reconfigure();
      await use(identityFor('fd00:0:0:1::1'));
    };
    attachment.carrierChanged(true);
    await configure('"2607:1::/32", "2607:2::/32"');
    assert.deepEqual(routeLifetimes(), {
      'fd00:0:0:1::': 1800,
      '2607:1::': 1800,
      '2607:2::': 1800,
    });
    await configure('"2607:2::/32"');
    assert.deepEqual(routeLifetimes(), { 'fd00:0:0:1::': 1800, '2607:2::': 1800, '2607:1::': 0 });
    await configure('"2607:1::/32"');
    assert.deepEqual(routeLifetimes(), { 'fd00:0:0:1::': 1800, '2607:1::': 1800, '2607:2::': 0 });
  });

  it('takes a bounded number of routes back, however many there were', async () => {
    const identity = `identity : { cert_file = "${folder}/cert.pem" key_file = "key" }\n`;
    attachment.carrierChanged(true);
    for (let n = 1; n <= 60; n++) {
      await writeFile(configFile, `${identity}route : { prefixes = [ "2607:${n}::/32" ] }\n`);
      attachment.reconfigure();
      await use(identityFor('fd00:0:0:1::1'));
    }
    const withdrawn = Object.entries(routeLifetimes()).filter(([, lifetime]) => lifetime === 0);
    assert.equal(withdrawn.length, 16);
    assert.equal(routeLifetimes()['2607:59::'], 0, 'the newest of them');
  });

  it('remembers a bounded number of addresses, the newest of them', async () => {
    attachment.carrierChanged(true);
    for (let n = 1; n <= 30; n++) await use(identityFor(`fd00:0:0:${n}::1`));
    const withdrawn = Object.entries(routeLifetimes()).filter(([, lifetime]) => lifetime === 0);
    assert.deepEqual(
      withdrawn.map(([prefix]) => prefix).sort(),
      [26, 27, 28, 29].map((n) => `fd00:0:0:${n}::`),
    );
  });

  /** What the last advertisement says of each route, in seconds. */
  function routeLifetimes(): Record<string, number> {
    const advertisements = device.sent
      .filter((packet) => packet[ipv6HeaderLength] === icmpv6Type.routerAdvertisement)
      .map((packet) => decodeNdPacket(packet).message);
    const last = advertisements.at(-1);
    assert.equal(last?.kind, 'router-advertisement');
    const routes = last.options.filter((option) => option.kind === 'route-information');
    return Object.fromEntries(
      routes.map(({ prefix, routeLifetime }) => [formatIpv6(prefix), routeLifetime]),
    );
  }

  describe('at the shutdown of the system', () => {
    it('withdraws the router from the host, once', async () => {
      attachment.carrierChanged(true);
      await use(identityFor('fd00:0:0:1::1'));
      device.sent.splice(0);
      attachment.withdraw();
      assert.deepEqual(routeLifetimes(), { 'fd00:0:0:1::': 0 });
      clock.advance(600_000);
      assert.equal(device.sent.length, 1);
    });

    it('sends nothing where no host is connected, or before there was anything to withdraw', async () => {
      attachment.carrierChanged(true);
      attachment.withdraw();
      attachment.carrierChanged(false);
      await use(identityFor('fd00:0:0:1::1'));
      attachment.withdraw();
      assert.deepEqual(device.sent, []);
    });
  });

  it('serves no host when the address cannot be set, and later when it can', async () => {
    canSetAddress = false;
    await assert.rejects(use(identityFor('fd00::1')), EnvironmentError);
    assert.equal(solicited(), false);
    canSetAddress = true;
    await use(identityFor('fd00::1'));
    assert.equal(solicited(), true);
  });

  it('makes its DHCPv6 identifier once', async () => {
    await use(identityFor('fd00::1'));
    const stored = await readFile(path.join(folder, 'dhcp6.duid'), 'utf8');
    await use(identityFor('fd00::2'));
    assert.equal(await readFile(path.join(folder, 'dhcp6.duid'), 'utf8'), stored);
    assert.equal(log.lines.filter((line) => !line.startsWith('info')).length, 0);
  });

  it('reports a device that failed', async () => {
    await use(identityFor('fd00::1'));
    device.fail();
    assert.equal(failures.length, 1);
    attachment.close();
    assert.equal(device.closed, true);
  });
});
