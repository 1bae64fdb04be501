/**
 * Where the kernel of a real machine lets a card's connections go: never to the machine itself, and never through the
 * card, whatever is built upon it. The owner's rules open everything here, so that only the kernel's answers count.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { networkInterfaces } from 'node:os';
import { resultCode, type Connecting } from 'hss';
import { Namespace } from '../../harness/namespace.ts';
import type { Program } from '../../harness/process.ts';
import { logFile } from '../../harness/paths.ts';
import { parseRule } from '../../../src/programs/psock-host/policy.ts';
import { SocketLender } from '../../../src/programs/psock-host/lender.ts';
import type { HostEvent } from '../../../src/programs/psock-host/report.ts';
import { addressBytes } from '../../../src/programs/psock-host/address-bytes.ts';

const card = 'usb9';
const port = 443;
const server = '203.0.113.2';
const server6 = '2001:db8:3::2';

const ip = (line: string): string => execFileSync('ip', line.split(' '), { encoding: 'utf8' });
const exists = (name: string): boolean => spawnSync('ip', ['link', 'show', name]).status === 0;

/** Answers at every address of a namespace. */
async function listenIn(namespace: Namespace): Promise<Program> {
  const script = `require('net').createServer((s) => s.on('error', () => {}).end()).listen(${port}, '::', () => console.log('listening'))`;
  const name = `listen-${namespace.name}`;
  const program = namespace.start(name, [process.execPath, '-e', script], { log: logFile(name) });
  await program.until('the server', 20, () => program.log().includes('listening'));
  return program;
}

describe('the sockets that psock-host lends', () => {
  let there: Namespace;
  let behindCard: Namespace;
  let programs: Program[];
  let own: Server;
  /** Connections to this machine itself. */
  let reached: number;
  let events: HostEvent[];
  let open: Connecting[];

  before(async () => {
    there = await Namespace.create('lend-there');
    behindCard = await Namespace.create('lend-card');
    programs = [await listenIn(there), await listenIn(behindCard)];
    own = createServer((socket) => {
      reached++;
      socket.destroy();
    });
    await once(own.listen(port, '::'), 'listening');
  });
  beforeEach(async () => {
    reached = 0;
    events = [];
    open = [];
    ip('link add lan9 type veth peer name far9 netns lend-there');
    ip(`link add ${card} type veth peer name far9 netns lend-card`);
    await there.ip([
      'addr add 203.0.113.2/24 dev far9',
      'addr add 2001:db8:3::2/64 dev far9 nodad',
      'link set far9 up',
    ]);
    await behindCard.ip([`addr add ${server}/24 dev far9`, 'link set far9 up']);
    ip('addr add 203.0.113.1/24 dev lan9');
    ip('addr add 2001:db8:3::1/64 dev lan9 nodad');
    ip('link set lan9 up');
    ip(`link set ${card} up`);
  });
  afterEach(() => {
    for (const connecting of open) connecting.onClose('ECONNABORTED');
    for (const name of ['lan9', card, 'up9', 'up9b', 'dead9'])
      if (exists(name)) ip(`link del ${name}`);
  });
  after(async () => {
    own.close();
    for (const program of programs) await program.kill();
    await there.remove();
    await behindCard.remove();
  });

  /** What psock-host reports of one attempt. */
  async function attempt(address: string): Promise<HostEvent> {
    const lender = new SocketLender({
      rules: ['0.0.0.0/0', '::/0'].map((rule) => parseRule(rule)!),
      maxSockets: 4,
      deviceInterfaces: () => [card],
      report: (event) => events.push(event),
    });
    const result = await new Promise<number>((resolve) => {
      open.push(lender.connect({ address: addressBytes(address)!, port }, resolve));
    });
    const event = events.at(-1)!;
    assert.equal(result === resultCode.success, event.event === 'connected', JSON.stringify(event));
    return event;
  }

  async function isRefused(address: string): Promise<void> {
    const event = await attempt(address);
    assert.equal(event.event, 'refused', JSON.stringify(event));
    // A connection that was made would be accepted soon.
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(reached, 0);
  }

  for (const address of [server, server6, `::ffff:${server}`]) {
    it(`reach ${address}`, async () => {
      const event = await attempt(address);
      assert.ok(event.event === 'connected' && event.device === 'lan9', JSON.stringify(event));
    });
  }

  describe('do not reach this machine', () => {
    const after: string[] = [];
    const add = (line: string): void => {
      ip(line);
      after.unshift(line.replace(/ add /, ' del '));
    };
    afterEach(() => {
      for (const line of after.splice(0)) ip(line);
    });

    it('by a local route (AnyIP)', async () => {
      add('route add local 198.51.100.0/24 dev lo');
      await isRefused('198.51.100.77');
      add('-6 route add local 2001:db8:a::/48 dev lo');
      await isRefused('2001:db8:a::77');
    });

    it('by a local route of a table that a rule chooses for the source', async () => {
      // Asked without a source, the kernel has another route.
      add('rule add from 203.0.113.1 to 203.0.113.2 lookup 77');
      add('route add local 203.0.113.2/32 dev lan9 table 77');
      assert.match(ip(`route get ${server}`), /^203/);
      await isRefused(server);
    });

    it('by a local route in another table', async () => {
      add('rule add to 198.51.100.0/24 lookup 77');
      add('route add local 198.51.100.0/24 dev lo table 77');
      await isRefused('198.51.100.77');
    });

    it('by an address of an interface without carrier', async () => {
      ip('link add dead9 type veth peer name up9b');
      ip('addr add 198.51.100.1/24 dev dead9');
      ip('addr add 2001:db8:b::1/64 dev dead9 nodad');
      ip('link set dead9 up');
      assert.equal(networkInterfaces().dead9, undefined, 'Node.js does not list it');
      await isRefused('198.51.100.1');
      await isRefused('2001:db8:b::1');
    });

    it('by an address of an interface that is down', async () => {
      ip('link add dead9 type veth peer name up9b');
      ip('addr add 198.51.100.1/24 dev dead9');
      await isRefused('198.51.100.1');
    });

    it('by the broadcast address of a network of its own', () => isRefused('203.0.113.255'));
  });

  describe('never leave through the card', () => {
    it('by IPv6 either', async () => {
      ip(`addr add 2001:db8:9::1/64 dev ${card} nodad`);
      ip(`route add ${server6}/128 dev ${card} metric 1`);
      ip(`route add ${server6}/128 dev lan9 metric 1024`);
      assert.match(ip(`route get ${server6}`), new RegExp(`dev ${card} `), 'what would happen');
      const event = await attempt(server6);
      assert.ok(event.event === 'connected' && event.device === 'lan9', JSON.stringify(event));
    });

    /** Makes `up9`, so that what leaves by that leaves by the card. */
    const kinds: Record<string, readonly string[]> = {
      'the card itself': [],
      bridge: ['link add up9 type bridge', `link set ${card} master up9`],
      macvlan: [`link add up9 link ${card} type macvlan mode bridge`],
      vxlan: [`link add up9 type vxlan id 9 dev ${card} remote 203.0.113.2 dstport 4789`],
      'a virtual cable into a bridge': [
        'link add br9 type bridge',
        `link set ${card} master br9`,
        'link set br9 up',
        'link add up9 type veth peer name up9b',
        'link set up9b master br9',
        'link set up9b up',
      ],
      vlan: [`link add up9 link ${card} type vlan id 9`],
      bond: ['link add up9 type bond', `link set ${card} down`, `link set ${card} master up9`],
      team: ['link add up9 type team', `link set ${card} down`, `link set ${card} master up9`],
      ipvlan: [`link add up9 link ${card} type ipvlan mode l2`],
    };
    afterEach(() => {
      if (exists('br9')) ip('link del br9');
    });
    for (const [kind, lines] of Object.entries(kinds)) {
      it(`under: ${kind}`, async function () {
        for (const line of lines) {
          const { status, stderr } = spawnSync('ip', line.split(' '), { encoding: 'utf8' });
          if (/Unknown device type/.test(stderr)) return this.skip();
          assert.equal(status, 0, stderr);
        }
        const device = lines.length > 0 ? 'up9' : card;
        ip(`link set ${device} up`);
        ip(`addr add 203.0.113.9/32 dev ${device}`);
        ip(`route add ${server}/32 dev ${device} src 203.0.113.9`);
        assert.match(ip(`route get ${server}`), new RegExp(`dev ${device} `), 'what would happen');
        const around = await attempt(server);
        assert.ok(around.event === 'connected', JSON.stringify(around));
        assert.equal(around.device, 'lan9');
        ip('link del lan9');
        const none = await attempt(server);
        assert.ok(none.event === 'failed', JSON.stringify(none));
        assert.match(none.reason, /the only route leads through the card/);
      });
    }
  });
});
