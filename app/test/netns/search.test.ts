/** A server is found among many addresses that lead nowhere, and while the network changes under the search. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { hasLogged } from '../harness/logged.ts';
import { layHostUplink, lendSockets, lentKeys } from '../harness/lent-sockets.ts';
import { labFolder, logFile, script } from '../harness/paths.ts';
import type { Program } from '../harness/process.ts';
import type { Site, SiteOptions } from '../harness/site.ts';
import { routerAddresses } from '../harness/topology.ts';
import { uplinkConnection } from '../harness/uplink-connection.ts';
import type { StatusDocument } from '../../src/status/status-document.ts';
import { siteForEach } from './site-fixture.ts';

const server = routerAddresses.ipv4;
const name = 'enf.example';
const statusSocket = `${labFolder}/status`;
/** Connections to these are neither answered nor refused. */
const deadNet = '198.18.0.0';
const deadIpv6 = '2001:db8:dead::1';
/** More for a measurement: a search takes 128 at a time. */
const deadCount = Number(process.env.DEAD_ADDRESSES ?? 40);

const options: SiteOptions = {
  link: 'ethernet',
  keys: {
    ...lentKeys,
    'remote.hosts': `[ "${name}" ]`,
    'remote.dns_servers': `[ "${server}" ]`,
    'status.socket': `"${statusSocket}"`,
  },
};

/** The ENF does not forward: what goes there and further is lost. */
async function leadNowhere({ network: { card } }: Site): Promise<void> {
  await card.ip([`route add ${deadNet}/15 via ${server}`]);
  await card.ip([`route add 2001:db8:dead::/64 via ${routerAddresses.ipv6}`], '-6');
}

async function status(): Promise<StatusDocument> {
  return JSON.parse(await text(connect(statusSocket))) as StatusDocument;
}

describe('search for a server', () => {
  const site = siteForEach(options, leadNowhere);

  async function startDns(targets: string): Promise<Program> {
    const argv = [...script('test/harness/dns-server.ts'), server, name, targets];
    const dns = site().with(site().network.enf.start('dns', argv, { log: logFile('dns') }));
    await dns.until('the DNS server', 20, async () => {
      const { stdout } = await site().network.enf.run(['ss', '-Hln', 'sport', '=', ':53']);
      return stdout.includes(':53');
    });
    return dns;
  }

  /** Seconds until the log has a line that was not there before. */
  async function until(expected: RegExp, seconds: number): Promise<number> {
    const [start, before] = [performance.now(), site().enftun.log().length];
    await site().enftun.until(expected.source, seconds, () =>
      expected.test(site().enftun.log().slice(before)),
    );
    return (performance.now() - start) / 1000;
  }

  const report = (what: string, seconds: number) =>
    console.log(`      ${what}: ${seconds.toFixed(1)} s`);

  it('finds the good address behind many dead ones, and reports them in few words', async () => {
    await startDns(`${deadNet}+${deadCount},${server}`);
    const took = await until(/\[tunnel-up\]/, 60 + deadCount);
    report(`a tunnel behind ${deadCount} dead addresses`, took);
    const lines = site().enftun.log().split('\n');
    assert.ok(Math.max(...lines.map(({ length }) => length)) < 2100);
    const { attempts, attemptsLeftOut } = await status();
    // The first eight of each of the two transports, and the one that won.
    assert.ok(attempts.length <= 17, JSON.stringify(attempts));
    assert.ok(attemptsLeftOut >= Math.min(deadCount, 40) - 10);
    assert.equal(attempts.at(-1)?.problem, null);
  });

  it('a dead IPv6 address costs a moment, and nothing at all the next time', async () => {
    const { enf } = site().network;
    await enf.nft(
      `table ip6 watch {
         counter dead {}
         chain in {
           type filter hook prerouting priority 0; ip6 daddr ${deadIpv6} counter name dead
         }
       }`,
    );
    const tries = async () => {
      const { stdout } = await enf.run(['nft', 'list', 'counters', 'table', 'ip6', 'watch']);
      return Number(/packets (\d+)/.exec(stdout)?.[1]);
    };
    await startDns(`${deadIpv6},${server}`);
    report('a tunnel past a dead address', await until(/\[tunnel-up\]/, 20));
    assert.ok((await tries()) > 0);
    await site().untilOnline();
    const before = await tries();
    // A new connection while the server is there.
    const connection = await uplinkConnection(site().network.card);
    await site().network.card.run(['ss', '-K', 'dport', '=', ':443'], { mayFail: true });
    await site().enftun.until('another connection', 20, async () => {
      const now = await uplinkConnection(site().network.card);
      return now !== '' && now !== connection;
    });
    assert.equal(await tries(), before);
  });

  it('reaches the sockets of the host, however many addresses the own network has', async () => {
    await layHostUplink(site().network);
    await site().network.enf.nft(
      'table inet wall {\nchain in {\ntype filter hook input priority 0\niifname "wan" tcp dport 443 drop\n}\n}',
    );
    await lendSockets(site());
    await startDns(`${server},${deadNet}+2000`);
    report('a tunnel over the host', await until(/\(psock,.*\[tunnel-up\]/, 60));
    const { attempts, attemptsLeftOut } = await status();
    assert.ok(attempts.length + attemptsLeftOut <= 128);
    assert.ok(attempts.length <= 17);
  });

  it('finds at once the addresses of the network to which the card moves', async () => {
    const dns = await startDns(`${deadNet}+300`);
    const { card } = site().network;
    await site().enftun.until('attempts that lead nowhere', 20, async () => {
      const { stdout } = await card.run(['ss', '-Htn', 'state', 'syn-sent']);
      return stdout.includes(':443');
    });
    await dns.kill();
    await startDns(server);
    const before = site().enftun.log().length;
    await card.ip([
      'addr add 192.0.2.9/24 dev wan',
      `route replace ${deadNet}/15 via ${server} src 192.0.2.9`,
      `route add ${server}/32 dev wan src 192.0.2.9`,
    ]);
    report('a tunnel after the move', await until(/\[tunnel-up\]/, 20));
    const log = site().enftun.log().slice(before);
    assert.ok(!hasLogged(log, 'tunnel-down'), 'it has not waited for the end of the search');
    assert.match(await uplinkConnection(card), /^192\.0\.2\.9:/);
  });

  it('tries the only server again at once when the way to it is another one', async () => {
    const { card, enf } = site().network;
    await enf.nft(
      'table ip wall {\nchain in {\ntype filter hook input priority 0\nip saddr 192.0.2.1 tcp dport 443 drop\n}\n}',
    );
    await startDns(server);
    await site().enftun.until('an attempt', 20, async () => {
      const { stdout } = await card.run(['ss', '-Htn', 'state', 'syn-sent']);
      return stdout.includes(':443');
    });
    const before = site().enftun.log().length;
    await card.ip([
      'addr add 192.0.2.9/24 dev wan',
      `route add ${server}/32 dev wan src 192.0.2.9`,
    ]);
    report('a tunnel after the change', await until(/\[tunnel-up\]/, 20));
    assert.ok(!hasLogged(site().enftun.log().slice(before), 'tunnel-down'));
  });
});
