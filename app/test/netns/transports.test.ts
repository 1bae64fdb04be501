/**
 * The tunnel over the network of the card or the sockets of its host, whichever works, the former first. psockd and
 * psock-host are real, and so is everything behind the host's sockets; only the cable between the two is imitated.
 */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { hasLogged, linesWith } from '../harness/logged.ts';
import { globalAddresses } from '../harness/host-client.ts';
import { layHostUplink, lendSockets, lentKeys } from '../harness/lent-sockets.ts';
import { labFolder, logFile, script } from '../harness/paths.ts';
import type { Program } from '../harness/process.ts';
import type { Site } from '../harness/site.ts';
import {
  cardAddresses,
  hostInterface,
  routerAddresses,
  serviceAddress,
  tunnelAddress,
  tunnelPort,
} from '../harness/topology.ts';
import { startWebServer, transfer } from '../harness/transfer.ts';
import { uplinkConnection } from '../harness/uplink-connection.ts';
import type { StatusDocument } from '../../src/status/status-document.ts';
import { bothUnderlays, siteForEach } from './site-fixture.ts';

const statusSocket = `${labFolder}/status`;

const cutCard = (site: Site) => site.network.card.ip(['link set wan down']);

async function mendCard(site: Site): Promise<void> {
  await site.network.card.ip(['link set wan up']);
  // The kernel drops IPv6 addresses with the link.
  await site.network.card.ip([`addr replace ${cardAddresses.ipv6}/64 dev wan nodad`], '-6');
}

for (const underlay of bothUnderlays) {
  describe(`transports over ${underlay}`, () => {
    let lender: Program;
    const server = routerAddresses[underlay];
    const keys = { ...lentKeys, 'status.socket': `"${statusSocket}"` };
    const site = siteForEach({ link: 'ethernet', underlay, keys }, async (opened) => {
      await layHostUplink(opened.network);
      lender = await lendSockets(opened);
      opened.with(await startWebServer(opened.network.enf, serviceAddress));
      await opened.untilOnline();
    });

    const upOver = (transport: string) =>
      site().enftun.until(`the tunnel over ${transport}`, 20, () =>
        lastTunnel(site().enftun.log()).includes(`(${transport},`),
      );
    const movesTo = (transport: string, seconds: number) =>
      site().enftun.until(`the move to ${transport}`, seconds, () =>
        linesWith(site().enftun.log(), 'tunnel-moved').some((line) =>
          line.includes(` to ${transport}:`),
        ),
      );

    /** The program of a transfer takes its time to start; what it is to live through must not come before it. */
    const underWay = () =>
      site().enftun.until('the transfer to be under way', 20, async () => {
        const { stdout } = await site().host.run(['ss', '-Htn', 'state', 'established']);
        return stdout.includes(`[${serviceAddress}]:80`);
      });

    it('takes the network of the card while it has one', async () => {
      await upOver('tcp');
      assert.doesNotMatch(lender.log(), /"connected"/);
    });

    it('goes over to the sockets of the host within seconds, and its address stays', async () => {
      const echoes = await startEchoes(site());
      await cutCard(site());
      await upOver('psock');
      await site().untilPing(10);
      assert.match(lender.log(), new RegExp(`"connected","address":"${server}".*"device":"lan"`));
      assert.ok((await globalAddresses(site().host, site().hostDevice)).includes(tunnelAddress));
      const silence = await longestSilence(echoes);
      console.log(`      ${silence.toFixed(1)} s without an echo`);
      assert.ok(silence < 5);
    });

    it('comes back when the card has a network again, and loses no connection of the host', async () => {
      await cutCard(site());
      await upOver('psock');
      // Slow enough for the transfer to be still under way then; what is left goes fast.
      await shape(site(), 'lan', '8mbit');
      const moving = transfer(site().host, serviceAddress, 'download', 30_000_000, 60);
      let hasEnded = false;
      void moving.then(() => (hasEnded = true));
      await underWay();
      const echoes = await startEchoes(site());
      await mendCard(site());
      await movesTo('tcp', 10);
      assert.equal(hasEnded, false);
      assert.equal((await moving).bytes, 30_000_000);
      assert.match(await uplinkConnection(site().network.card), /./);
      const silence = await longestSilence(echoes);
      console.log(`      ${silence.toFixed(2)} s without an echo`);
      assert.ok(silence < 1.5);
      await lender.until('the end of the other connection', 10, () =>
        /"event":"closed"/.test(lender.log()),
      );
    });

    it('keeps an upload through both moves', async () => {
      await shape(site(), 'wan', '40mbit');
      await shape(site(), 'lan', '40mbit', site().network.host);
      const moving = transfer(site().host, serviceAddress, 'upload', 50_000_000, 90);
      await underWay();
      await cutCard(site());
      await upOver('psock');
      await mendCard(site());
      await movesTo('tcp', 10);
      assert.equal((await moving).bytes, 50_000_000);
    });

    it('stays on the sockets of the host while the network of the card leads nowhere', async () => {
      await cutCard(site());
      await upOver('psock');
      await site().network.enf.nft(
        'table inet wall {\nchain in {\ntype filter hook input priority 0\niifname "wan" drop\n}\n}',
      );
      await mendCard(site());
      const echoes = await startEchoes(site());
      await site().enftun.until('a change to be noticed and tried', 20, async () => {
        const { stdout } = await site().network.card.run(['ss', '-Htn', 'state', 'syn-sent']);
        return stdout.includes(':443');
      });
      await site().untilPing(5);
      assert.match(lastTunnel(site().enftun.log()), /\(psock,/);
      assert.ok((await longestSilence(echoes)) < 1);
    });

    it('uses the sockets of the host again while its own network is still being tried', async () => {
      await cutCard(site());
      await upOver('psock');
      await site().network.enf.nft(
        'table inet wall {\nchain in {\ntype filter hook input priority 0\niifname "wan" drop\n}\n}',
      );
      await mendCard(site());
      const isTrying = async () => {
        const { stdout } = await site().network.card.run(['ss', '-Htn', 'state', 'syn-sent']);
        return stdout.includes(':443') && stdout;
      };
      const trying = await site().enftun.until('a try of the own network', 20, isTrying);
      await lender.kill();
      await site().enftun.until('the loss', 10, () => hasLogged(afterPsock(site()), 'tunnel-down'));
      assert.equal(await isTrying(), trying, 'reported before the end of the attempt');
      await lendSockets(site());
      await site().untilPing(30);
      assert.match(lastTunnel(site().enftun.log()), /\(psock,/);
    });

    it('connects again when the host lends its sockets again', async () => {
      await cutCard(site());
      await upOver('psock');
      await lender.kill();
      await site().enftun.until('the loss', 10, () => hasLogged(afterPsock(site()), 'tunnel-down'));
      await lendSockets(site());
      await site().untilPing(30);
    });

    it('does not wait out a long back-off when a host begins to lend its sockets', async function () {
      await cutCard(site());
      await upOver('psock');
      // On a slow machine the wait may be over first; the next one is longer.
      for (let isEarlier = false, attempts = 0; !isEarlier; attempts++) {
        assert.ok(attempts < 4, 'each time the back-off came to its end');
        await lender.kill();
        const nextAttempt = await site().enftun.until('a long wait', 90, async () => {
          const { retryInSeconds } = await status();
          const isLong = retryInSeconds !== null && retryInSeconds > 10;
          return isLong && performance.now() + retryInSeconds * 1000;
        });
        // psockd begins together with the host here: it is looked for every five seconds.
        lender = await lendSockets(site());
        await site().enftun.until('the tunnel', 90, async () => (await status()).state === 'up');
        isEarlier = performance.now() < nextAttempt;
      }
    });

    it('never goes by the card itself, though the card is the best way of its host', async () => {
      await cutCard(site());
      await upOver('psock');
      const { host } = site().network;
      const bits = underlay === 'ipv4' ? 32 : 128;
      if (underlay === 'ipv4') await host.ip([`addr add 10.9.9.1/24 dev ${hostInterface}`]);
      await host.ip([`route add ${server}/${bits} dev ${hostInterface} metric 1`]);
      await site().enfServer.kill();
      await site().restartEnf();
      await site().untilPing(30);
      const connected = lender.log().match(/"connected".*/g) ?? [];
      assert.ok(connected.length >= 2, lender.log());
      for (const line of connected) assert.match(line, /"device":"lan"/);
    });

    if (underlay === 'ipv6') {
      it('never leaves from the address of the tunnel, though that is the best its host has', async () => {
        // RFC 6724, rule 3: a deprecated address comes after that of another interface.
        const { host } = site().network;
        await host.ip(['addr change 2001:db8:3::1/64 dev lan preferred_lft 0'], '-6');
        const { stdout } = await host.run(['ip', 'route', 'get', server]);
        assert.match(stdout, new RegExp(`dev lan .*src ${tunnelAddress}`), 'what would happen');
        await cutCard(site());
        await upOver('psock');
        await site().untilPing(10);
        assert.match(site().enfServer.log(), /from \[2001:db8:3::1\]:\d+: .*\[session-opened\]/);
      });
    }
  });
}

describe('transports to a server that has a name', () => {
  const server = routerAddresses.ipv4;
  const keys = {
    ...lentKeys,
    'remote.hosts': '[ "enf.example" ]',
    'remote.dns_servers': `[ "${server}" ]`,
  };
  const site = siteForEach({ link: 'ethernet', keys }, async ({ network }) => {
    await layHostUplink(network);
  });
  const startDns = async (): Promise<Program> => {
    const argv = [...script('test/harness/dns-server.ts'), server, 'enf.example', server];
    const dns = site().with(site().network.enf.start('dns', argv, { log: logFile('dns') }));
    await dns.until('the DNS server', 20, async () => {
      const { stdout } = await site().network.enf.run(['ss', '-Hln', 'sport', '=', ':53']);
      return stdout.includes(':53');
    });
    return dns;
  };
  const upOver = (transport: string) =>
    site().enftun.until(`the tunnel over ${transport}`, 60, () =>
      lastTunnel(site().enftun.log()).includes(`(${transport},`),
    );

  it('ask DNS by the sockets of the host, where its policy opens that port', async () => {
    await cutCard(site());
    const dns = await startDns();
    await lendSockets(site(), [tunnelPort, 53]);
    await upOver('psock');
    await site().untilOnline();
    assert.match(dns.log(), /^tcp A enf\.example$/m);
    assert.doesNotMatch(dns.log(), /udp/);
  });

  it('use the earlier answers of DNS, where the policy forbids DNS', async () => {
    const dns = await startDns();
    const lender = await lendSockets(site());
    await upOver('tcp');
    await cutCard(site());
    await upOver('psock');
    await site().untilOnline();
    assert.doesNotMatch(dns.log(), /tcp/);
    assert.match(lender.log(), /"event":"refused".*"port":53/);
  });

  it('report what is missing, where no name can be resolved', async () => {
    await cutCard(site());
    await lendSockets(site());
    await site().enftun.until('the advice', 30, () =>
      /enf\.example: .*over psock: .*its policy forbids it.*put an address into remote\.hosts/.test(
        site().enftun.log(),
      ),
    );
  });
});

/** The last line of the log that reports a tunnel. */
function lastTunnel(log: string): string {
  return linesWith(log, 'tunnel-up').at(-1) ?? '';
}

function afterPsock(site: Site): string {
  return site.enftun.log().split('(psock,').at(-1) ?? '';
}

/** The service's own, as its socket gives it. */
async function status(): Promise<StatusDocument> {
  return JSON.parse(await text(connect(statusSocket))) as StatusDocument;
}

/** Holds back what leaves by this interface. */
async function shape(
  site: Site,
  device: string,
  rate: string,
  namespace = site.network.enf,
): Promise<void> {
  const shaper = `tc qdisc add dev ${device} root tbf rate ${rate} burst 64kb latency 50ms`;
  await namespace.run(shaper.split(' '));
}

interface Echoes {
  readonly tunnel: Program;
  /** Of the host itself: what is missing here is missing because of the machine. */
  readonly machine: Program;
}

async function startEchoes(site: Site): Promise<Echoes> {
  const start = async (name: string, target: string): Promise<Program> => {
    const argv = ['ping', '-6', '-n', '-D', '-i', '0.1', target];
    const program = site.with(site.host.start(name, argv, { log: logFile(name) }));
    await program.until('an echo', 10, () => /time=/.test(program.log()));
    return program;
  };
  return {
    machine: await start('echoes-machine', '::1'),
    tunnel: await start('echoes', serviceAddress),
  };
}

/** Seconds between two echoes, at most, and more than those of the machine. */
async function longestSilence({ tunnel, machine }: Echoes): Promise<number> {
  return (await longestGap(tunnel)) - (await longestGap(machine));
}

async function longestGap(echoes: Program): Promise<number> {
  const count = () => echoes.log().match(/time=/g)?.length ?? 0;
  const before = count();
  await echoes.until('more echoes', 10, () => count() >= before + 2);
  await echoes.stop('SIGINT');
  const times = [...echoes.log().matchAll(/^\[([\d.]+)\].*time=/gm)].map(([, at]) => Number(at));
  return Math.max(...times.slice(1).map((time, index) => time - times[index]!));
}
