import assert from 'node:assert/strict';
import { after, instant, seconds } from '../../../src/core/time.ts';
import type { RouterAction } from '../../../src/router/router-action.ts';
import { createRouterCounters } from '../../../src/router/router-counters.ts';
import { HostMac, type HostMacOptions } from '../../../src/router/host-mac.ts';
import { decodeNdPacket } from '../../../src/wire/nd/nd-packet.ts';
import {
  hex,
  hostLinkLocal,
  hostMac,
  ip,
  otherMac,
  ownAddress,
  ownMac,
  router,
} from './packets.ts';

const start = instant(1_000_000);
const at = (wait: number) => after(start, seconds(wait));
const thirdMac = hex('020000000010');
const otherLinkLocal = ip('fe80::99');

function setUp(options: Partial<HostMacOptions> = {}) {
  const counters = createRouterCounters();
  const mac = new HostMac(
    { own: ownMac, fixed: undefined, announced: ownMac, address: ownAddress, ...options },
    counters,
  );
  /** A valid message of a station. */
  const claim = (sourceMac: Uint8Array | undefined, when = start, announced?: Uint8Array) =>
    mac.hear({ sourceMac, source: hostLinkLocal, announced }, when);
  return { counters, mac, claim };
}

const learned = (mac: Uint8Array): RouterAction[] => [{ type: 'learn', mac }];

/** The solicitation among `actions`, which has nothing else; undefined when it is empty. */
function solicitation(actions: readonly RouterAction[]) {
  const [action, ...others] = actions;
  if (action === undefined) return undefined;
  assert.ok(action.type === 'send' && others.length === 0, JSON.stringify(actions));
  return { to: action.destinationMac, ...decodeNdPacket(action.packet) };
}

describe('router/host-mac', () => {
  it('learns the source of a frame, once', () => {
    const { claim, counters } = setUp();
    assert.deepEqual(claim(hostMac), learned(hostMac));
    assert.deepEqual(claim(hostMac), []);
    assert.equal(counters.hostMacLearned, 1);
  });

  it('serves another host that sends data at once', () => {
    const { mac, claim } = setUp();
    claim(hostMac);
    assert.deepEqual(mac.learnFromData(otherMac, start), learned(otherMac));
    assert.deepEqual(mac.learnFromData(hostMac, start), learned(hostMac));
  });

  it('notifies the link of data from ever changing stations twenty times a second', () => {
    const { mac, counters } = setUp();
    for (let i = 0; i < 200; i++) mac.learnFromData(Uint8Array.of(2, 0, 0, 0, 1, i), start);
    assert.equal(counters.hostMacLearned, 20);
    for (let i = 0; i < 200; i++) mac.learnFromData(Uint8Array.of(2, 0, 0, 0, 2, i), at(1));
    assert.equal(counters.hostMacLearned, 40);
  });

  it('learns when the option agrees with the frame', () => {
    assert.equal(setUp().claim(hostMac, start, hostMac).length, 1);
  });

  const refused: [name: string, source: Uint8Array, announced?: Uint8Array][] = [
    ['a group address', hex('333300000001')],
    ['the broadcast address', hex('ffffffffffff')],
    ['all zeros', hex('000000000000')],
    ['our own address', ownMac],
    ['an option that names another station', hostMac, otherMac],
    ['an option that is longer than a MAC', hostMac, hex('d6adbeef00010000')],
  ];
  for (const [name, source, announced] of refused) {
    it(`refuses ${name}`, () => {
      const { claim, counters } = setUp();
      assert.deepEqual(claim(source, start, announced), []);
      assert.equal(counters.hostMacRefused, 1);
      assert.equal(claim(hostMac).length, 1, 'and it learned nothing from it');
    });
  }

  it('forgets at carrier up: the first station that asks is the host', () => {
    const { mac, claim } = setUp();
    claim(hostMac);
    assert.deepEqual(mac.linkUp(), [{ type: 'forget' }]);
    assert.deepEqual(claim(otherMac), learned(otherMac));
  });

  it('keeps the host that was learned under other settings while the carrier stays', () => {
    const present = { mac: hostMac, address: hostLinkLocal };
    const { mac, claim } = setUp({ present });
    assert.deepEqual(mac.linkUp(), learned(hostMac));
    assert.deepEqual(solicitation(claim(otherMac))?.to, hostMac);
    assert.deepEqual(mac.linkUp(), [{ type: 'forget' }], 'only the first time');

    const unplugged = setUp({ present }).mac;
    unplugged.linkDown();
    assert.deepEqual(unplugged.linkUp(), [{ type: 'forget' }]);
    assert.deepEqual(setUp({ present, fixed: otherMac }).mac.linkUp(), learned(otherMac));
  });

  it('a fixed address is announced to the link at carrier up and never replaced', () => {
    const { mac, claim, counters } = setUp({ fixed: hostMac });
    assert.deepEqual(mac.linkUp(), learned(hostMac));
    assert.deepEqual(claim(otherMac), []);
    assert.deepEqual(mac.learnFromData(otherMac, start), []);
    assert.deepEqual(claim(hostMac), []);
    assert.equal(counters.hostMacRefused, 2, 'only the other one');
    assert.equal(mac.deadline, undefined, 'and no host is asked');
  });

  it('does nothing on a TUN', () => {
    const { mac, claim, counters } = setUp({ own: undefined, fixed: hostMac });
    assert.deepEqual(mac.linkUp(), []);
    assert.deepEqual(claim(hostMac), []);
    assert.deepEqual(claim(undefined), []);
    assert.deepEqual(mac.learnFromData(hostMac, start), []);
    assert.equal(mac.answered(undefined, ownAddress, start), false);
    assert.equal(mac.isOwn(undefined), false);
    assert.deepEqual(counters, createRouterCounters());
  });

  it('keeps copies: the buffer of the caller may change', () => {
    const { claim } = setUp();
    const buffer = hostMac.slice();
    const actions = claim(buffer);
    buffer.fill(0);
    assert.deepEqual(actions, learned(hostMac));
    assert.deepEqual(claim(hostMac), []);
  });

  describe('when another station asks as a host would', () => {
    /** The host has sent data; then another station asks. */
    function contested() {
      const all = setUp();
      all.mac.learnFromData(hostMac, start);
      const actions = all.claim(otherMac);
      return { ...all, actions };
    }

    it('the traffic stays, and the host is asked by the address that it used last (RFC 4861 7.3.3)', () => {
      const { actions, counters } = contested();
      assert.deepEqual(solicitation(actions), {
        to: hostMac,
        source: router,
        destination: ownAddress,
        message: {
          kind: 'neighbour-solicitation',
          target: ownAddress,
          options: [{ kind: 'source-link-layer-address', mac: ownMac }],
        },
      });
      assert.equal(counters.hostMacContested, 1);
      assert.equal(counters.hostMacLearned, 1);
    });

    it('a host that answers keeps its place; the next question waits ten seconds', () => {
      const { mac, claim, counters } = contested();
      assert.equal(mac.answered(hostMac, ownAddress, at(0.5)), true);
      assert.equal(mac.deadline, undefined);
      assert.deepEqual(mac.expire(at(5)), []);
      for (let i = 1; i < 100; i++) assert.deepEqual(claim(otherMac, at(5 + i / 100)), []);
      assert.equal(mac.deadline, at(10.5));
      assert.deepEqual(solicitation(mac.expire(at(10.5)))?.to, hostMac);
      assert.equal(counters.hostProbes, 2);
    });

    it('any message of the host shows that it is there', () => {
      for (const speak of [
        ({ mac }: ReturnType<typeof contested>) => mac.learnFromData(hostMac, at(0.5)),
        ({ claim }: ReturnType<typeof contested>) => claim(hostMac, at(0.5)),
      ]) {
        const all = contested();
        assert.deepEqual(speak(all), []);
        assert.equal(all.mac.deadline, undefined);
      }
    });

    it('an answer of another station, or about another address, is none', () => {
      const { mac } = contested();
      assert.equal(mac.answered(otherMac, ownAddress, at(0.5)), false);
      assert.equal(mac.answered(hostMac, hostLinkLocal, at(0.5)), false);
      assert.equal(mac.deadline, at(1));
    });

    it('a host that answers none of three in three seconds loses its place to who asked last', () => {
      const { mac, claim, counters } = contested();
      assert.deepEqual(mac.expire(at(0.9)), []);
      assert.deepEqual(solicitation(mac.expire(at(1)))?.to, hostMac);
      assert.deepEqual(claim(thirdMac, at(1.5)), []);
      assert.notEqual(solicitation(mac.expire(at(2))), undefined);
      assert.deepEqual(mac.expire(at(2.9)), []);
      assert.deepEqual(mac.expire(at(3)), learned(thirdMac));
      assert.equal(mac.deadline, undefined);
      assert.equal(counters.hostProbes, 3);
    });

    it('the new host is then asked by its own address', () => {
      const { mac } = contested();
      mac.hear({ sourceMac: otherMac, source: otherLinkLocal }, at(0.1));
      for (const wait of [1, 2, 3]) mac.expire(at(wait));
      const asked = solicitation(mac.hear({ sourceMac: hostMac, source: hostLinkLocal }, at(4)));
      assert.deepEqual(asked?.to, otherMac);
      assert.deepEqual(asked?.destination, otherLinkLocal);
    });

    it("data of the tunnel's address ends the question at once", () => {
      const { mac } = contested();
      assert.deepEqual(mac.learnFromData(otherMac, at(0.5)), learned(otherMac));
      assert.equal(mac.deadline, undefined);
    });

    it('a question ends with the carrier', () => {
      const { mac } = contested();
      mac.linkDown();
      assert.equal(mac.deadline, undefined);
      assert.deepEqual(mac.expire(at(9)), []);
    });
  });
});
