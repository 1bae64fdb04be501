import assert from 'node:assert/strict';
import { LentConnections } from '../../../../src/programs/psock-host/lent-connections.ts';
import { bytes, FakeNetwork } from './fake-network.ts';

const target = bytes('2a00:1::1');

describe('lent connections', () => {
  let network: FakeNetwork;
  let lan: number;
  let wlan: number;
  let now: number;
  let moves: number;
  let resets: string[];
  let lent: LentConnections;
  beforeEach(() => {
    network = new FakeNetwork();
    network.link('usb0');
    lan = network.link('lan');
    wlan = network.link('wlan');
    network.address(lan, '2001:db8:3::1/64');
    network.addRoute('default6', lan, { priority: 100 });
    now = 0;
    moves = 0;
    resets = [];
    lent = new LentConnections({
      deviceInterfaces: () => ['usb0'],
      kernel: network,
      onMoved: () => moves++,
      now: () => now,
    });
  });
  const connect = (): (() => void) => {
    const course = {
      destination: target,
      local: bytes('2001:db8:3::1'),
      device: 'lan',
      linkIndex: lan,
    };
    return lent.add(course, (reason) => resets.push(reason));
  };
  const plugWlan = (priority: number): void => {
    network.address(wlan, '2001:db8:4::1/64');
    network.addRoute('default6', wlan, { priority });
  };

  it('stay while nothing changes for them', () => {
    connect();
    plugWlan(600);
    assert.equal(lent.look(), undefined);
    assert.deepEqual([resets, moves], [[], 0]);
  });

  it('cost nothing where there are none', () => {
    plugWlan(10);
    lent.look();
    assert.equal(network.asked, 0);
  });

  it('are reset when the address was removed, once, and the card is notified of the other way', () => {
    connect();
    plugWlan(600);
    network.removeAddress('2001:db8:3::1');
    network.removeRoutes(lan);
    lent.look();
    lent.look();
    assert.deepEqual(resets, ['its address was removed from this machine']);
    assert.equal(moves, 1);
  });

  it('are reset when the route was removed; the card is notified when there is one again, even the same', () => {
    connect();
    network.removeRoutes(lan);
    lent.look();
    assert.deepEqual([resets, moves], [['its route was removed'], 0]);
    lent.missed(target, undefined);
    lent.look();
    assert.equal(moves, 0);
    network.addRoute('default6', lan, { priority: 100 });
    lent.look();
    lent.look();
    assert.equal(moves, 1);
  });

  it('outlive a moment without carrier, and no more than that', () => {
    connect();
    network.change('lan', { carrier: false });
    assert.equal(lent.look(), 1000);
    now = 999;
    assert.equal(lent.look(), 1);
    network.change('lan', { carrier: true });
    assert.equal(lent.look(), undefined);
    network.change('lan', { carrier: false });
    now = 5000;
    assert.equal(lent.look(), 1000);
    now = 6000;
    assert.equal(lent.look(), undefined);
    assert.deepEqual([resets, moves], [['the interface lan has no carrier'], 0]);
  });

  it('stay open when new ones would leave from elsewhere, and the card is notified, once for each way', () => {
    connect();
    plugWlan(10);
    lent.look();
    lent.look();
    assert.deepEqual([resets, moves], [[], 1]);
    network.removeRoutes(wlan);
    lent.look();
    assert.equal(moves, 1, 'the way is its own again');
    network.addRoute('default6', wlan, { priority: 10 });
    lent.look();
    assert.equal(moves, 2);
  });

  it('are notified of another network on the same interface, and not of another temporary address', () => {
    connect();
    network.address(lan, '2001:db8:3::abcd/64');
    network.address(lan, '2001:db8:5::1/64');
    network.addRoute('2a00::/16', lan, { source: bytes('2001:db8:3::abcd') });
    lent.look();
    assert.equal(moves, 0);
    network.addRoute('2a00:1::/32', lan, { source: bytes('2001:db8:5::1') });
    lent.look();
    assert.equal(moves, 1);
  });

  it('that failed are tried again when another way is there', () => {
    lent.missed(target, { linkIndex: lan, local: bytes('2001:db8:3::1') });
    lent.look();
    assert.equal(moves, 0);
    plugWlan(10);
    lent.look();
    lent.look();
    assert.equal(moves, 1);
  });

  it('that failed are remembered in a bounded number, the last ones', () => {
    network.removeRoutes(lan);
    for (let i = 0; i < 100; i++)
      lent.missed(Uint8Array.from([...target.subarray(0, 15), i]), undefined);
    lent.look();
    assert.equal(network.asked, 8);
  });

  it('that are closed are forgotten', () => {
    connect()();
    network.removeRoutes(lan);
    lent.look();
    assert.deepEqual(resets, []);
  });

  it('are compared with one list of the network, however many there are', () => {
    let lists = 0;
    const counting = {
      links: () => (lists++, network.links()),
      addresses: () => (lists++, network.addresses()),
      route: network.route.bind(network),
    };
    lent = new LentConnections({
      deviceInterfaces: () => [],
      kernel: counting,
      onMoved: () => moves++,
      now: () => now,
    });
    for (let i = 0; i < 30; i++) connect();
    lent.look();
    assert.equal(lists, 2);
  });
});
