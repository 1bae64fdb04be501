/** What a set-up promises, R1 to R11 of its requirements, with real packets between real kernels. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { Capture } from '../../harness/capture.ts';
import { startEnf } from '../../harness/enf.ts';
import { globalAddresses } from '../../harness/host-client.ts';
import { linesWith } from '../../harness/logged.ts';
import { logFile, script } from '../../harness/paths.ts';
import { lastLines, type Program } from '../../harness/process.ts';
import {
  cardAddresses,
  routerAddresses,
  serviceAddress,
  tunName,
  tunnelAddress,
} from '../../harness/topology.ts';
import { until } from '../../harness/until.ts';
import type { Namespace } from '../../harness/namespace.ts';
import { faultyFolder, makeFaulty, setFault } from './faulty-programs.ts';
import { Gateway, lanAddresses, lanAddresses6, serviceUser } from './gateway.ts';
import { formatIpv6 } from '../../../src/wire/ipv6-address.ts';
import { strangers } from './uplink-frames.ts';

const everyKind = [
  'IPv4 ICMP',
  'IPv4 TCP',
  'IPv4 UDP',
  'IPv4 fragment',
  'IPv4 multicast UDP',
  'IPv6 ICMP 128',
  'IPv6 TCP',
  'IPv6 UDP',
  'IPv6 fragment',
  'IPv6 multicast UDP',
];

/** Prints each datagram that arrives, and answers TCP, at the ports 8080 and 9999. */
const listener = `
  const socket = require('dgram').createSocket('udp6');
  socket.on('message', (text, from) => console.log('datagram', String(text).length, from.address));
  socket.bind(9999, '::', () => console.log('listening'));
  require('net').createServer((peer) => peer.on('error', () => {}).end('welcome')).listen(8080, '::');`;

describe('the set-up of a gateway', () => {
  let gateway: Gateway;
  let wanMac: string;
  let services: Program;
  let client: Program;
  const companions: Program[] = [];

  before(async () => {
    gateway = await Gateway.open();
    const programs = await makeFaulty();
    await gateway.configure({
      'tun.ip_path': `"${programs.ip}"`,
      'remote.hosts': '[ "enf.example" ]',
      'remote.dns_servers': `[ "${routerAddresses.ipv4}" ]`,
      'route.trusted_interfaces': '[ "lan" ]',
    });
    const { machine, peer } = gateway;
    await peer.ip(['addr add 192.0.2.3/24 dev wan', 'addr add 2001:db8:1::3/64 dev wan nodad']);
    [{ address: wanMac }] = (await machine.ipJson<{ address: string }>('link show wan')) as [
      { address: string },
    ];
    companions.push(await startEnf(peer, gateway.credentials));
    const names = [
      ...script('test/harness/dns-server.ts'),
      '192.0.2.2',
      'enf.example',
      '192.0.2.2',
    ];
    companions.push(peer.start('dns', names, { log: logFile('dns') }));
    services = machine.start('services', [process.execPath, '-e', listener], {
      log: logFile('services'),
    });
    companions.push(services);
    await services.until('services', 10, () => services.log().includes('listening'));
  });
  afterEach(function () {
    if (this.currentTest?.state !== 'failed' || client === undefined) return;
    console.log(`--- enftun\n${lastLines(client.log(), 25)}`);
  });
  after(async () => {
    await Promise.all([...companions, client].map((program) => program?.kill()));
    await gateway.close();
  });

  const up = () => gateway.must('up');
  const talk = () =>
    gateway.machine.run([process.execPath, path.join(import.meta.dirname, 'talk.cjs'), 'wan']);
  async function seenDuring(work: () => Promise<unknown>): Promise<string[]> {
    const capture = await Capture.start(gateway.peer, 'wan');
    await work();
    return strangers(
      (await capture.stop()).map(({ bytes }) => bytes),
      wanMac,
    );
  }
  async function canPing(from: Namespace, to: string, ...more: string[]): Promise<boolean> {
    const argv = ['ping', '-n', '-c', '1', '-W', '0.3', ...more, to];
    return (await from.run(argv, { mayFail: true })).status === 0;
  }
  async function canConnect(from: Namespace, to: string): Promise<boolean> {
    const address = to.includes(':') ? `[${to}]` : to;
    const argv = ['curl', '-s', '--http0.9', '-m', '0.4', `http://${address}:8080/`];
    return (await from.run(argv, { mayFail: true })).stdout === 'welcome';
  }
  async function send(from: Namespace, to: string, text = 'x'): Promise<void> {
    const kind = to.includes(':') ? 'udp6' : 'udp4';
    const code = `const s = require('dgram').createSocket('${kind}');
      s.send(${JSON.stringify(text)}, 9999, '${to}', () => s.close());`;
    await from.run([process.execPath, '-e', code]);
  }
  const datagrams = () => (services.log().match(/^datagram/gm) ?? []).length;

  it('without it, the uplink sees everything and reaches everything', async () => {
    assert.deepEqual(await seenDuring(talk), everyKind);
    const before = datagrams();
    for (const to of Object.values(cardAddresses)) {
      assert.ok(await canPing(gateway.peer, to));
      assert.ok(await canConnect(gateway.peer, to));
      await send(gateway.peer, to);
    }
    await until('both datagrams', 5, () => datagrams() === before + 2);
  });

  it('R1: while it is being made, nothing of it leaks from its first change on', async () => {
    for (const at of [2, 4]) {
      await setFault('kill', at);
      await gateway.setUp('up', { path: `${faultyFolder}:${process.env.PATH}` });
      assert.deepEqual(await seenDuring(talk), [], `killed at change ${at}`);
    }
    await setFault('fail', 0);
    await up();
  });

  it('R1: without a client nothing leaves by the uplink', async () => {
    assert.deepEqual(await seenDuring(talk), []);
  });

  it('R1: nor when the interface is taken down or away', async () => {
    const seen = await seenDuring(async () => {
      await gateway.machine.ip([`link set ${tunName} down`]);
      await talk();
      await gateway.machine.ip([`link del ${tunName}`]);
      const { stderr } = await gateway.machine.run(
        ['ip', '-6', 'route', 'get', '2001:db8:ffff::9'],
        {
          mayFail: true,
        },
      );
      assert.match(stderr, /No route to host/);
      await talk();
    });
    assert.deepEqual(seen, []);
    await up();
  });

  it('R3: is the policy default, with IPv4 blocked', async () => {
    const { stderr } = await gateway.machine.run(['ip', 'route', 'get', '203.0.113.9'], {
      mayFail: true,
    });
    assert.match(stderr, /Invalid argument/);
    const report = JSON.parse(await gateway.must('status --json')) as { policy: string };
    assert.equal(report.policy, 'default');
  });

  it('R6: blocks its own link, and lets DHCP and neighbour discovery through', async () => {
    const { machine, peer } = gateway;
    for (const to of Object.values(routerAddresses)) assert.ok(!(await canPing(machine, to)));
    await machine.run(['ip', 'neigh', 'flush', 'dev', 'wan']);
    const [link] = await peer.ipJson<{ addr_info: { local: string; scope: string }[] }>(
      'addr show dev wan',
    );
    const local = link!.addr_info.find(
      ({ scope, local }) => scope === 'link' && local.includes(':'),
    )!;
    for (const [kind, ask, answer, to] of [
      ['udp4', 68, 67, routerAddresses.ipv4],
      ['udp6', 546, 547, `${local.local}%wan`],
      ['udp6', 546, 547, 'ff02::1:2%wan'],
    ] as const) {
      const server = `const s = require('dgram').createSocket('${kind}');
        s.on('message', (text, from) => s.send('lease', from.port, from.address));
        s.bind(${answer}, () => {
          if ('${kind}' === 'udp6') s.addMembership('ff02::1:2', '::%wan');
          console.log('listening');
        });`;
      const program = peer.start('dhcp', [process.execPath, '-e', server], {
        log: logFile('dhcp'),
      });
      await program.until('a server', 10, () => program.log().includes('listening'));
      const code = `const s = require('dgram').createSocket('${kind}');
        s.on('message', (text) => { console.log(String(text)); process.exit(); });
        s.bind(${ask}, () => s.send('renew', ${answer}, '${to}'));
        setTimeout(() => process.exit(), 4000);`;
      const { stdout } = await machine.run([process.execPath, '-e', code]);
      await program.kill();
      assert.equal(stdout.trim(), 'lease', `${kind} to ${to}`);
    }
  });

  it('R8: a trusted interface reaches its LAN in both directions', async () => {
    for (const [own, other] of [
      [lanAddresses.gateway, lanAddresses.machine],
      [lanAddresses6.gateway, lanAddresses6.machine],
    ] as const) {
      assert.ok(await canPing(gateway.machine, other));
      assert.ok(await canPing(gateway.lan, own));
      assert.ok(await canConnect(gateway.lan, own));
    }
    // A default route there does not count.
    await gateway.machine.ip([`route replace default via ${lanAddresses.machine}`], '-4');
    const { stdout, stderr } = await gateway.machine.run(['ip', 'route', 'get', '203.0.113.9'], {
      mayFail: true,
    });
    await gateway.machine.ip([`route replace default via ${routerAddresses.ipv4}`], '-4');
    assert.match(stderr, /Invalid argument/, stdout);
  });

  it('R9: nothing comes in by the uplink: not an echo, not a connection, not a fragment', async () => {
    const { peer } = gateway;
    const before = datagrams();
    await Promise.all(
      Object.values(cardAddresses).flatMap((to) => [
        canPing(peer, to).then((isAnswered) => assert.ok(!isAnswered, `echo ${to}`)),
        canPing(peer, to, '-s', '3000').then((isAnswered) => assert.ok(!isAnswered, `long ${to}`)),
        canConnect(peer, to).then((isAnswered) => assert.ok(!isAnswered, `TCP ${to}`)),
        send(peer, to),
        send(peer, to, 'x'.repeat(3000)),
      ]),
    );
    await peer.nft(`add table inet spoof
      add chain inet spoof out { type filter hook postrouting priority 0 ; }
      add rule inet spoof out udp dport 9999 ip saddr set 127.0.0.1
      add rule inet spoof out udp dport 9999 ip6 saddr set ::1`);
    await Promise.all(Object.values(cardAddresses).map((to) => send(peer, to)));
    await peer.nft('delete table inet spoof');
    // One from inside comes after all of them.
    await send(gateway.lan, lanAddresses.gateway);
    await until('the datagram from the LAN', 5, () => datagrams() > before);
    assert.equal(datagrams(), before + 1);
  });

  it('R9: nothing is forwarded past the tunnel, and no rule of another program leads out', async () => {
    const { machine, lan } = gateway;
    await machine.settings({ 'ipv4/ip_forward': 1, 'ipv6/conf/all/forwarding': 1 });
    await lan.ip([`route add default via ${lanAddresses.gateway}`], '-4');
    await lan.ip([`route add default via ${lanAddresses6.gateway}`], '-6');
    for (const family of ['-4', '-6'] as const) {
      await machine.ip(['rule add priority 100 lookup main'], family);
    }
    const seen = await seenDuring(async () => {
      const targets = ['203.0.113.9', '192.0.2.3', '2001:db8:ffff::9', '2001:db8:1::3'];
      await Promise.all(targets.map((to) => canPing(lan, to)));
      await talk();
    });
    for (const family of ['-4', '-6'] as const) {
      await machine.ip(['rule del priority 100 lookup main'], family);
    }
    await machine.settings({ 'ipv4/ip_forward': 0, 'ipv6/conf/all/forwarding': 0 });
    assert.deepEqual(seen, []);
  });

  it('R11: is used from a shell, and explains itself', async () => {
    const { status, stderr } = await gateway.setUp('lift');
    assert.equal(status, 2);
    assert.match(stderr, /one of up, down, status, check/);
    assert.match(await gateway.must('check'), /^enf0: complete\n/);
  });

  describe('with a client', () => {
    before(async () => {
      assert.deepEqual(await globalAddresses(gateway.machine, tunName), []);
      client = gateway.startClient();
      await untilOnline();
    });

    async function untilOnline(): Promise<void> {
      await client.until('a ping through the tunnel', 30, () =>
        canPing(gateway.machine, serviceAddress, '-6'),
      );
    }

    it('R4: the interface belongs to the user of the service, which needs CAP_NET_ADMIN alone', async () => {
      type Link = { linkinfo: { info_data: { user: string; persist: boolean } } };
      const [link] = await gateway.machine.ipJson<Link>(`-d link show ${tunName}`);
      assert.equal(link!.linkinfo.info_data.user, serviceUser);
      const { stdout } = await gateway.machine.run([
        'grep',
        'CapEff',
        `/proc/${client.pid}/status`,
      ]);
      assert.match(stdout, /CapEff:\s+0000000000001000/);
    });

    it('R5: the tunnel and its DNS leave by the uplink, and everything else by the tunnel', async () => {
      const seen = await seenDuring(async () => {
        await talk();
        assert.ok(await canPing(gateway.machine, serviceAddress, '-6', '-W', '5'));
      });
      assert.deepEqual(seen, []);
    });

    it('R7: multicast of programs that name no interface goes into the tunnel', async () => {
      const capture = await Capture.start(gateway.machine, tunName, 'ip6 multicast');
      for (const group of ['ff02::fb', 'ff15::9']) await send(gateway.machine, group);
      const groups = (await capture.stop()).map(({ bytes }) => formatIpv6(bytes, 24));
      assert.deepEqual([...new Set(groups)].toSorted(), ['ff02::fb', 'ff15::9']);
    });

    it('R10: the address is set by the client, and no router advertisement is accepted', async () => {
      assert.deepEqual(await globalAddresses(gateway.machine, tunName), [tunnelAddress]);
      const { stdout } = await gateway.machine.run(['ip', '-6', 'route', 'show', 'proto', 'ra']);
      assert.equal(stdout, '');
      const setting = `/proc/sys/net/ipv6/conf/${tunName}/accept_ra`;
      assert.equal((await gateway.machine.run(['cat', setting])).stdout.trim(), '0');
    });

    it('R1, R2: stays whole, and leaks nothing, when the client is killed and starts again', async () => {
      const settled = async () => (await gateway.snapshot()).replaceAll(' linkdown', '');
      const whole = await settled();
      const seen = await seenDuring(async () => {
        await client.kill();
        await talk();
        await gateway.must('status');
        assert.equal(await settled(), whole);
        client = gateway.startClient();
        await talk();
        await untilOnline();
        await client.stop();
        await talk();
      });
      assert.deepEqual(seen, []);
      await gateway.must('status');
    });

    it('R5: messages of routers about the tunnel come in', async () => {
      // Without them the connection would time out.
      await gateway.peer.nft(`add table inet closed
        add chain inet closed in { type filter hook input priority 0 ; }
        add rule inet closed in tcp dport 443 reject with icmp type port-unreachable`);
      client = gateway.startClient();
      await client.until('an error of the connection', 20, () =>
        linesWith(client.log(), 'tunnel-down.unreachable').some((line) =>
          /ECONNREFUSED/.test(line),
        ),
      );
    });
  });
});
