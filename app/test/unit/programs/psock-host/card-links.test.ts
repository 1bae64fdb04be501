import assert from 'node:assert/strict';
import { linksOverCard } from '../../../../src/programs/psock-host/card-links.ts';
import type { Link } from '../../../../src/programs/psock-host/kernel-network.ts';
import { FakeNetwork } from './fake-network.ts';

describe('the links over a card', () => {
  let network: FakeNetwork;
  let card: number;
  let eth: number;
  beforeEach(() => {
    network = new FakeNetwork();
    network.link('lo');
    card = network.link('enx0');
    eth = network.link('eth0');
  });
  const over = (...names: string[]): string[] => {
    const found = linksOverCard(network.links(), names);
    return network
      .links()
      .filter(({ index }) => found.has(index))
      .map(({ name }) => name);
  };

  it('are its own interface, and none where the card has none', () => {
    assert.deepEqual(over('enx0'), ['enx0']);
    assert.deepEqual(over(), []);
    assert.deepEqual(over('other'), []);
  });

  const masters = ['bridge', 'bond', 'team', 'vrf', 'openvswitch'];
  for (const kind of masters) {
    it(`are a ${kind} that it is a port of, and not the other ports`, () => {
      const master = network.link('m0', { kind });
      network.change('enx0', { master });
      network.change('eth0', { master });
      assert.deepEqual(over('enx0'), ['enx0', 'm0']);
    });
  }

  for (const kind of ['vlan', 'macvlan', 'ipvlan', 'macsec', 'vxlan', 'gre']) {
    it(`are a ${kind} on it`, () => {
      network.link('v0', { kind, lower: card });
      network.link('v1', { kind, lower: eth });
      assert.deepEqual(over('enx0'), ['enx0', 'v0']);
    });
  }

  it('are what is built upon them in turn, in whatever order the kernel lists it', () => {
    // macvlan on a bridge, the bridge of a bond, the bond of a VLAN, the VLAN on the card.
    const macvlan: Partial<Link> = { kind: 'macvlan', lower: 5 };
    network.link('macvlan0', macvlan);
    network.link('br0', { kind: 'bridge' });
    network.link('bond0', { kind: 'bond', master: 5 });
    network.link('vlan0', { kind: 'vlan', lower: card, master: 6 });
    assert.deepEqual(over('enx0'), ['enx0', 'macvlan0', 'br0', 'bond0', 'vlan0']);
  });

  it('are virtual cables into a bridge that has it, and what lies on those', () => {
    network.link('br0', { kind: 'bridge' });
    network.change('enx0', { master: 4 });
    network.link('port0', { kind: 'veth', master: 4, lower: 6 });
    network.link('own0', { kind: 'veth', lower: 5 });
    network.link('vlan0', { kind: 'vlan', lower: 6 });
    // Both ends free, and a macvlan on a port, which reaches nothing but that cable.
    network.link('a0', { kind: 'veth', lower: 9 });
    network.link('b0', { kind: 'veth', lower: 8 });
    network.link('macvlan0', { kind: 'macvlan', lower: 5 });
    assert.deepEqual(over('enx0'), ['enx0', 'br0', 'own0', 'vlan0']);
  });

  it('are all ports of an Open vSwitch that has it', () => {
    network.link('ovs-system', { kind: 'openvswitch' });
    network.change('enx0', { master: 4 });
    network.link('br-own', { kind: 'openvswitch' });
    assert.deepEqual(over('enx0'), ['enx0', 'ovs-system', 'br-own']);
    assert.deepEqual(over('eth0'), ['eth0']);
  });

  it('end where links lie on each other in a circle', () => {
    network.link('a0', { kind: 'vlan', lower: 5, master: 5 });
    network.link('b0', { kind: 'vlan', lower: 4, master: 4 });
    assert.deepEqual(over('enx0'), ['enx0']);
    network.change('enx0', { master: 4 });
    assert.deepEqual(over('enx0'), ['enx0', 'a0', 'b0']);
  });
});
