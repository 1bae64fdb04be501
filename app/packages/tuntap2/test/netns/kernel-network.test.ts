/** What the kernel answers about links, addresses and routes that these tests make. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { findRoute, getLink, listAddresses, listLinks } from '../../src/index.ts';
import { openSockets } from '../unit/open-sockets.ts';
import { bringUpPair, ip, removeLink } from './network.ts';

const bytes = (text: string): Uint8Array => Uint8Array.from(text.split('.').map(Number));
const fd = (...last: number[]): Uint8Array =>
  Uint8Array.from([0xfd, 0x09, ...new Array<number>(14 - last.length).fill(0), ...last]);
/** Of fd09:a::/32. */
const anyIp = fd(1);
anyIp[3] = 0x0a;
const indexOf = (name: string): number => getLink(name)!.index;

describe('tuntap2 and the network of this machine', () => {
  beforeEach(() => {
    ip('link', 'add', 'eth8', 'type', 'veth', 'peer', 'name', 'far8');
    bringUpPair('eth8', 'far8');
  });
  afterEach(() => {
    for (const name of ['eth8', 'eth9', 'br8']) removeLink(name);
  });

  it('finds which interface lies on which', () => {
    ip('link', 'add', 'br8', 'type', 'bridge');
    ip('link', 'set', 'eth8', 'master', 'br8');
    ip('link', 'add', 'mac8', 'link', 'far8', 'type', 'macvlan');
    ip('link', 'add', 'vx8', 'type', 'vxlan', 'id', '8', 'dev', 'far8', 'dstport', '4789');
    const links = new Map(listLinks().map((link) => [link.name, link]));
    const [veth, far, bridge] = ['eth8', 'far8', 'br8'].map((name) => links.get(name)!);
    assert.deepEqual([veth!.kind, veth!.master, veth!.lower], ['veth', bridge!.index, far!.index]);
    assert.deepEqual(
      [bridge!.kind, bridge!.master, bridge!.lower],
      ['bridge', undefined, undefined],
    );
    assert.deepEqual([links.get('mac8')?.kind, links.get('mac8')?.lower], ['macvlan', far!.index]);
    assert.deepEqual([links.get('vx8')?.kind, links.get('vx8')?.lower], ['vxlan', far!.index]);
    assert.deepEqual(links.get('lo'), getLink('lo'));
  });

  it('takes the other end of a veth in another namespace for none of ours', () => {
    ip('netns', 'add', 'there8');
    try {
      ip('link', 'add', 'eth9', 'type', 'veth', 'peer', 'name', 'far9', 'netns', 'there8');
      assert.equal(listLinks().find(({ name }) => name === 'eth9')?.lower, undefined);
    } finally {
      ip('netns', 'del', 'there8');
    }
  });

  it('lists addresses, of a link without carrier too', () => {
    ip('link', 'set', 'far8', 'down');
    ip('address', 'add', '10.9.20.1/24', 'dev', 'eth8');
    ip('address', 'add', 'fd09::1/64', 'dev', 'eth8', 'nodad', 'preferred_lft', '0');
    const linkIndex = indexOf('eth8');
    const found = listAddresses().filter((one) => one.linkIndex === linkIndex && one.scope === 0);
    const state = { scope: 0, isTentative: false, linkIndex };
    assert.deepEqual(found, [
      { ...state, address: bytes('10.9.20.1'), prefixLength: 24, isDeprecated: false },
      { ...state, address: fd(1), prefixLength: 64, isDeprecated: true },
    ]);
  });

  it('lists more than one part of an answer holds', () => {
    const count = 1500;
    const words = Array.from({ length: count }, (_, i) => `10.8.${i >> 8}.${i & 255}/32`);
    const batch = words.map((address) => `address add ${address} dev eth8\n`).join('');
    execFileSync('ip', ['-batch', '-'], { input: batch });
    const linkIndex = indexOf('eth8');
    const found = listAddresses().filter(
      (one) => one.linkIndex === linkIndex && one.address.length === 4,
    );
    assert.equal(new Set(found.map(({ address }) => address.join('.'))).size, count);
  });

  it('finds the way to a destination, and from where', () => {
    ip('address', 'add', '10.9.20.1/24', 'dev', 'eth8');
    ip('address', 'add', 'fd09::1/64', 'dev', 'eth8', 'nodad');
    const eth8 = { type: 'unicast', linkIndex: indexOf('eth8'), priority: 0 };
    assert.deepEqual(findRoute({ destination: bytes('10.9.20.7') }), {
      ...eth8,
      source: bytes('10.9.20.1'),
      prefixLength: 32,
    });
    const { priority, ...way } = findRoute({ destination: fd(7) })!;
    const expected = { type: 'unicast', linkIndex: indexOf('eth8'), source: fd(1) };
    assert.deepEqual(way, { ...expected, prefixLength: 128 });
    assert.ok(priority > 0);
    assert.equal(findRoute({ destination: bytes('192.0.2.1') }), undefined);
    assert.equal(findRoute({ destination: anyIp }), undefined);
  });

  it('finds no entry by a link that has none, where the kernel would take anybody for a neighbour', () => {
    ip('address', 'add', '10.9.20.1/24', 'dev', 'eth8');
    ip('route', 'add', '192.0.2.0/24', 'dev', 'eth8', 'metric', '5');
    const linkIndex = indexOf('eth8');
    const stranger = { destination: bytes('203.0.113.1'), linkIndex };
    assert.equal(findRoute(stranger)?.type, 'unicast');
    assert.equal(findRoute({ ...stranger, isTableEntry: true }), undefined);
    const known = { destination: bytes('192.0.2.1'), linkIndex, isTableEntry: true };
    const { priority, prefixLength } = findRoute(known)!;
    assert.deepEqual([priority, prefixLength], [5, 24]);
  });

  it('finds what the kernel keeps for itself', () => {
    ip('address', 'add', '10.9.20.1/24', 'broadcast', '10.9.20.255', 'dev', 'eth8');
    ip('address', 'add', 'fd09::1/64', 'dev', 'eth8', 'nodad');
    ip('link', 'set', 'far8', 'down');
    ip('route', 'add', 'local', '198.51.100.0/24', 'dev', 'lo');
    ip('-6', 'route', 'add', 'local', 'fd09:a::/32', 'dev', 'lo');
    ip('rule', 'add', 'to', '203.0.113.0/24', 'lookup', '77');
    ip('route', 'add', 'local', '203.0.113.0/24', 'dev', 'lo', 'table', '77');
    try {
      for (const [destination, type] of [
        [bytes('10.9.20.1'), 'local'],
        [fd(1), 'local'],
        [bytes('127.1.2.3'), 'local'],
        [bytes('198.51.100.77'), 'local'],
        [bytes('203.0.113.77'), 'local'],
        [anyIp, 'local'],
        [bytes('10.9.20.255'), 'broadcast'],
      ] as const) {
        assert.equal(findRoute({ destination })?.type, type, destination.join('.'));
      }
    } finally {
      ip('rule', 'del', 'to', '203.0.113.0/24', 'lookup', '77');
      ip('route', 'del', 'local', '203.0.113.0/24', 'dev', 'lo', 'table', '77');
      ip('route', 'del', 'local', '198.51.100.0/24', 'dev', 'lo');
      ip('-6', 'route', 'del', 'local', 'fd09:a::/32', 'dev', 'lo');
    }
  });

  it('finds none where a route forbids it', () => {
    for (const type of ['unreachable', 'prohibit', 'blackhole']) {
      for (const [destination, text] of [
        [bytes('198.51.100.9'), '198.51.100.0/24'],
        [fd(0xb, 0, 0, 0, 0), 'fd09::b:0:0/96'],
      ] as const) {
        ip('route', 'add', type, text);
        try {
          assert.equal(findRoute({ destination }), undefined, `${type} ${text}`);
        } finally {
          ip('route', 'del', type, text);
        }
      }
    }
  });

  it('leaves no socket behind', () => {
    const before = openSockets();
    for (let i = 0; i < 50; i++) {
      listLinks();
      listAddresses();
      findRoute({ destination: bytes('127.0.0.1') });
      findRoute({ destination: bytes('192.0.2.1') });
    }
    assert.equal(openSockets(), before);
  });
});
