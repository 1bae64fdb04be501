import assert from 'node:assert/strict';
import { addressText } from '../../../../src/programs/psock-host/address-bytes.ts';
import { findWay, lossOf } from '../../../../src/programs/psock-host/way.ts';
import { bytes, FakeNetwork } from './fake-network.ts';

const target = bytes('2a00:1::1');
const ipv4 = bytes('23.147.128.112');

describe('the way of a connection', () => {
  let network: FakeNetwork;
  let card: number;
  let eth: number;
  let wlan: number;
  beforeEach(() => {
    network = new FakeNetwork();
    network.link('lo', { flags: 9 });
    card = network.link('usb0');
    eth = network.link('eth0');
    wlan = network.link('wlan0');
    network.address(card, 'fd00:7::1/64');
    network.address(eth, '2001:db8:7::1/64');
    network.address(wlan, '2001:db8:8::1/64');
  });

  const way = (to = target, names = ['usb0']): string => {
    const found = findWay(to, names, network);
    if (found.kind !== 'way') return `${found.kind}: ${found.reason}`;
    const { device, local, isLocalForced } = found;
    return `${device} ${local && addressText(local)}${isLocalForced ? ' forced' : ''}`;
  };

  it('is the best one where that is not the card', () => {
    network.addRoute('default6', eth, { priority: 100 });
    network.addRoute('default6', wlan, { priority: 600 });
    assert.equal(way(), 'eth0 2001:db8:7::1');
    assert.equal(network.asked, 2);
  });

  it('is the next best where the best is the card, or what lies on it', () => {
    network.addRoute('default6', card, { priority: 50 });
    network.addRoute('default6', wlan, { priority: 600 });
    network.addRoute('default6', eth, { priority: 200 });
    assert.equal(way(), 'eth0 2001:db8:7::1');
    assert.equal(way(target, ['usb0', 'eth0']), 'wlan0 2001:db8:8::1');
    const bridge = network.link('br0', { kind: 'bridge' });
    network.address(bridge, '2001:db8:9::1/64');
    network.addRoute('default6', bridge, { priority: 10 });
    assert.equal(way(), 'br0 2001:db8:9::1');
    network.change('usb0', { master: bridge });
    assert.equal(way(), 'eth0 2001:db8:7::1');
  });

  it('is none where every way leads through the card, or none leads there', () => {
    assert.equal(way(), 'none: this machine has no route there');
    network.addRoute('default6', card);
    assert.equal(way(), 'none: the only route leads through the card');
  });

  it('is none by an interface without a route there, where the kernel would take anybody for a neighbour', () => {
    network.addRoute('default4', card);
    network.address(eth, '10.1.0.1/8');
    assert.equal(way(ipv4), 'none: the only route leads through the card');
    network.addRoute('23.147.0.0/16', eth, { priority: 5 });
    assert.equal(way(ipv4), 'eth0 10.1.0.1');
  });

  it('is none by an interface that is down or has no carrier', () => {
    network.addRoute('default6', eth, { priority: 100 });
    network.addRoute('default6', wlan, { priority: 600 });
    network.change('eth0', { carrier: false });
    assert.equal(way(), 'wlan0 2001:db8:8::1');
    network.change('wlan0', { up: false });
    assert.equal(way(), 'none: the only route leads through the card');
  });

  it('does not go round a route that forbids it', () => {
    network.addRoute('default6', eth);
    network.addRoute('2a00:1::/32', undefined, { type: 'unreachable' });
    assert.equal(way(), 'none: this machine has no route there');
  });

  for (const type of ['local', 'broadcast', 'anycast', 'multicast'] as const) {
    it(`is closed where the kernel's route is of type ${type}`, () => {
      network.addRoute('default6', eth);
      network.addRoute('2a00:1::/32', 1, { type });
      assert.match(way(), /^closed: /);
    });
  }

  it('is closed where only that by the next best interface is of such a type', () => {
    network.addRoute('default6', card);
    network.addRoute('2a00:1::/32', eth, { type: 'anycast', priority: 9 });
    network.addRoute('2a00:1::/48', card);
    assert.equal(way(), 'none: the only route leads through the card');
  });

  it('asks for no more links than a machine has for itself', () => {
    network.addRoute('default6', card);
    for (let i = 0; i < 1000; i++) network.link(`veth${i}`);
    way();
    assert.ok(network.asked < 300, `${network.asked} questions`);
  });

  describe('when the kernel would leave from the address of the card', () => {
    beforeEach(() => {
      network.removeAddress('2001:db8:7::1');
      network.addRoute('default6', eth, { source: bytes('fd00:7::1') });
    });

    it('leaves from one of the interface, which is neither link-local, tentative nor deprecated', () => {
      network.address(eth, 'fe80::7/64', { scope: 253 });
      network.address(eth, '10.0.0.5/24');
      network.address(eth, '2001:db8:7::2/64', { isTentative: true });
      network.address(eth, '2001:db8:7::3/64', { isDeprecated: true });
      network.address(eth, '2001:db8:7::4/64');
      assert.equal(way(), 'eth0 2001:db8:7::4 forced');
    });

    it('leaves from a deprecated one rather than not at all', () => {
      network.address(eth, '2001:db8:7::3/64', { isDeprecated: true });
      assert.equal(way(), 'eth0 2001:db8:7::3 forced');
    });

    it('takes another interface where this one has no address', () => {
      network.addRoute('default6', wlan, { priority: 600 });
      assert.equal(way(), 'wlan0 2001:db8:8::1');
    });

    it('leaves from one of the loopback interface, where a machine may keep its addresses', () => {
      network.removeRoutes(eth);
      network.address(1, '2001:db8:a::1/128');
      network.addRoute('default6', eth, { source: bytes('2001:db8:a::1') });
      assert.equal(way(), 'eth0 2001:db8:a::1');
    });

    it('leaves from none of a third interface either, by which the answers would come', () => {
      network.removeRoutes(eth);
      network.addRoute('default6', eth, { source: bytes('2001:db8:8::1') });
      assert.equal(way(), 'none: the only route leads through the card');
      network.addRoute('default6', wlan, { priority: 600 });
      assert.equal(way(), 'wlan0 2001:db8:8::1');
    });

    it('is none where that has none either', () => {
      assert.equal(way(), 'none: the only route leads through the card');
    });
  });

  describe('that it has taken', () => {
    const loss = (): string | undefined => {
      const local = bytes('2001:db8:7::1');
      const found = lossOf(
        { destination: target, local, device: 'eth0', linkIndex: eth },
        ['usb0'],
        network,
      );
      return found && `${found.kind}: ${found.reason}`;
    };
    beforeEach(() => network.addRoute('default6', eth));

    it('is there while nothing changes, or something better comes', () => {
      assert.equal(loss(), undefined);
      network.addRoute('2a00::/16', wlan);
      assert.equal(loss(), undefined);
    });

    const changes: [what: string, change: () => void, reason: RegExp][] = [
      [
        'its address',
        () => network.removeAddress('2001:db8:7::1'),
        /^none: its address was removed/,
      ],
      ['its route', () => network.removeRoutes(eth), /^none: its route was removed/],
      ['the carrier', () => network.change('eth0', { carrier: false }), /^none: .*no carrier/],
      ['the interface', () => network.change('eth0', { up: false }), /^none: .*gone or down/],
      [
        'its own ground: the card is below it now',
        () => network.change('usb0', { master: eth }),
        /^none: .*through the card/,
      ],
      [
        'its destination, which is this machine now',
        () => network.address(wlan, '2a00:1::1/64'),
        /^closed: this is an address of this machine/,
      ],
      [
        'its destination to a local route',
        () => network.addRoute('2a00:1::/64', eth, { type: 'local' }),
        /^closed: .*local route/,
      ],
    ];
    for (const [what, change, reason] of changes) {
      it(`is gone with ${what}`, () => {
        change();
        assert.match(loss() ?? 'there', reason);
      });
    }

    it('is gone with the route where the kernel would take anybody for a neighbour', () => {
      network.address(eth, '10.1.0.1/8');
      network.addRoute('default4', eth, { priority: 3 });
      const course = {
        destination: ipv4,
        local: bytes('10.1.0.1'),
        device: 'eth0',
        linkIndex: eth,
      };
      assert.equal(lossOf(course, [], network), undefined);
      network.removeRoutes(eth);
      assert.match(lossOf(course, [], network)?.reason ?? 'there', /route was removed/);
    });
  });
});
