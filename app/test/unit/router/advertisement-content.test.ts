import assert from 'node:assert/strict';
import fc from 'fast-check';
import { seconds } from '../../../src/core/time.ts';
import { advertisementContent } from '../../../src/router/advertisement-content.ts';
import type { AdvertisementSettings } from '../../../src/router/advertisement-content.ts';
import { limitDns } from '../../../src/router/dns-settings.ts';
import { parseRoutePrefix, type RoutePrefix } from '../../../src/router/route-prefix.ts';
import { allNodes, formatIpv6 } from '../../../src/wire/ipv6-address.ts';
import { decodeNdPacket, encodeNdPacket } from '../../../src/wire/nd/nd-packet.ts';
import type { RouterAdvertisement } from '../../../src/wire/nd/router-advertisement.ts';
import * as p from './packets.ts';
import { domainNames } from './domain-names.ts';

function prefix(text: string): RoutePrefix {
  const parsed = parseRoutePrefix(text);
  assert.ok(parsed, text);
  return parsed;
}

function content(settings: Partial<AdvertisementSettings> = {}) {
  return advertisementContent({
    address: p.ownAddress,
    formerAddresses: [],
    routes: [],
    period: seconds(600),
    announcedMac: undefined,
    dns: limitDns([], []),
    ...settings,
  });
}

function toPacket(message: RouterAdvertisement): Uint8Array {
  return encodeNdPacket({ source: p.router, destination: allNodes }, message);
}

/** The ICMPv6 message in hex, checksum blanked. */
function body(message: RouterAdvertisement): string {
  return p.toHex(toPacket(message).subarray(40)).replace(/^(....)..../, '$1----');
}

const mtu = '0501000000000500';
const ownRoute = '18034008 00000708 fd008f80000100000000000000000000'.replaceAll(' ', '');

describe('router/advertisement-content', () => {
  it('RFC 4861 4.2: a default route is the recorded advertisement with lifetimes of three periods', () => {
    const expected = p.recorded.advertisementDefault.subarray(40);
    expected.set(p.hex('00000708'), expected.length - 20);
    const whole = p.icmpv6(expected, { source: p.router, destination: allNodes });
    assert.equal(
      p.toHex(toPacket(content({ routes: [prefix('default')] }).message)),
      p.toHex(whole),
    );
  });

  it('RFC 4191 2.2: without a default route the router lifetime is 0 and the preference medium', () => {
    assert.equal(
      body(content().message),
      `8600----0080000000000000 00000000${mtu}${ownRoute}`.replaceAll(' ', ''),
    );
  });

  it('RFC 4191 2.3: announces each prefix with masked bits, high preference and all 16 bytes', () => {
    const route = { address: p.ip('2607:8f80:ffff::1'), length: 36 };
    assert.ok(
      body(content({ routes: [route] }).message).endsWith(
        `${ownRoute}1803240800000708${'26078f80f0000000'.padEnd(32, '0')}`,
      ),
    );
  });

  it('announces a prefix once, also when it is the own /64 written with other bits', () => {
    const routes = ['fd00:8f80:1::99/64', '2607::/16', 'default', '2607::/16', '::/0'].map(prefix);
    const { options } = content({ routes }).message;
    const lengths = options.flatMap((o) => (o.kind === 'route-information' ? o.prefixLength : []));
    assert.deepEqual(lengths, [64, 16]);
  });

  it('RFC 8106: name servers and search list follow, with the O flag and three periods to live', () => {
    const dns = limitDns([p.ip('fd00::53'), p.ip('fd00::54')], domainNames('enf.example'));
    const { message } = content({ dns, announcedMac: p.ownMac, routes: [prefix('default')] });
    assert.equal(
      body(message),
      [
        '8600---- 00c82328 00000000 00000000',
        '0101 0242ac110002',
        mtu,
        '1905 0000 00000708 fd000000000000000000000000000053 fd000000000000000000000000000054',
        '1f03 0000 00000708 03656e66076578616d706c6500000000',
        ownRoute,
      ]
        .join('')
        .replaceAll(' ', ''),
    );
  });

  it('the O flag is set for a search list alone, and only with name servers or a search list', () => {
    assert.equal(
      content({ dns: limitDns([], domainNames('a.example')) }).message.otherConfig,
      true,
    );
    assert.equal(content({ dns: limitDns([p.otherAddress], []) }).message.otherConfig, true);
    assert.equal(content().message.otherConfig, false);
  });

  for (const [period, lifetime] of [
    [seconds(4), 12],
    [seconds(600), 1800],
    [seconds(1800), 5400],
  ] as const) {
    it(`a period of ${period} ms gives routes of ${lifetime} s`, () => {
      const { options } = content({ period }).message;
      const route = options.find((option) => option.kind === 'route-information');
      assert.equal(route?.routeLifetime, lifetime);
    });
  }

  it('RFC 4861 6.2.5: the withdrawal names the same routes and servers, each with lifetime 0', () => {
    const dns = limitDns([p.ip('fd00::53')], domainNames('enf.example'));
    const { message, withdrawal } = content({
      dns,
      routes: [prefix('default'), prefix('2607::/16')],
    });
    assert.equal(withdrawal.routerLifetime, 0);
    const lifetimes = withdrawal.options.flatMap((option) => {
      if (option.kind === 'route-information') return [option.routeLifetime];
      return option.kind === 'rdnss' || option.kind === 'dnssl' ? [option.lifetime] : [];
    });
    assert.deepEqual(lifetimes, [0, 0, 0, 0]);
    assert.deepEqual(
      withdrawal.options.map((option) => option.kind),
      message.options.map((option) => option.kind),
    );
  });

  describe('after a change of address', () => {
    const former = p.ip('fd00:8f80:9::77');
    const withdrawnRoute = '18034008 00000000 fd008f80000900000000000000000000'.replaceAll(' ', '');
    const header = '8600----0080000000000000 00000000'.replaceAll(' ', '');

    it('RFC 4191 2.3: takes the route to the former /64 back, in every advertisement', () => {
      const { message, withdrawal } = content({ formerAddresses: [former] });
      assert.equal(body(message), `${header}${mtu}${ownRoute}${withdrawnRoute}`);
      assert.ok(body(withdrawal).endsWith(withdrawnRoute));
    });

    it('takes a /64 back once, however many former addresses were in it', () => {
      const { message } = content({ formerAddresses: [former, p.ip('fd00:8f80:9::78')] });
      assert.equal(body(message), `${header}${mtu}${ownRoute}${withdrawnRoute}`);
    });

    it('keeps a former /64 that is the new one too, or is configured', () => {
      const formerAddresses = [p.ip('fd00:8f80:1::99'), former];
      const { message } = content({ formerAddresses, routes: [prefix('fd00:8f80:9::/64')] });
      const lifetimes = message.options.flatMap((option) =>
        option.kind === 'route-information' ? [option.routeLifetime] : [],
      );
      assert.deepEqual(lifetimes, [1800, 1800]);
    });
  });

  it('takes back what an earlier configuration announced, and nothing that is announced still', () => {
    const formerRoutes = ['fd00:8f80:9::/64', '2607:1::/32', 'default', '2607:2::/32'].map(prefix);
    const { message } = content({
      formerAddresses: [p.ip('fd00:8f80:9::77')],
      formerRoutes,
      routes: [prefix('2607:1::/32')],
    });
    const lifetimes = message.options.flatMap((option) =>
      option.kind === 'route-information'
        ? [`${formatIpv6(option.prefix)}/${option.prefixLength} ${option.routeLifetime}`]
        : [],
    );
    assert.deepEqual(lifetimes, [
      'fd00:8f80:1::/64 1800',
      '2607:1::/32 1800',
      'fd00:8f80:9::/64 0',
      '2607:2::/32 0',
    ]);
    assert.equal(message.routerLifetime, 0);
  });

  it('leaves out what does not fit 1280 bytes, and says which prefixes', () => {
    const routes = Array.from({ length: 60 }, (_, i) => prefix(`2607:${i + 1}::/32`));
    const { message, omitted } = content({ routes, announcedMac: p.ownMac });
    const packet = toPacket(message);
    assert.ok(packet.length <= 1280 && packet.length + 24 > 1280, `${packet.length} bytes`);
    const announced = message.options.filter((o) => o.kind === 'route-information').length;
    assert.equal(announced - 1 + omitted.length, 60);
    assert.match(omitted[0]!, /^route\.prefixes: 2607:50::\/32 does not fit/);
  });

  it('is a valid advertisement of at most 1280 bytes for any configuration', () => {
    const address = fc.uint8Array({ minLength: 16, maxLength: 16 });
    const route = fc.record({ address, length: fc.integer({ min: 0, max: 128 }) });
    const settings = fc.record({
      address,
      routes: fc.array(route, { maxLength: 80 }),
      servers: fc.array(address, { maxLength: 20 }),
      search: fc.array(fc.domain(), { maxLength: 12 }),
      announcedMac: fc.option(fc.constant(p.ownMac), { nil: undefined }),
      period: fc.integer({ min: 4, max: 1800 }).map(seconds),
    });
    const property = fc.property(settings, ({ servers, search, ...rest }) => {
      const { message, withdrawal } = content({
        ...rest,
        dns: limitDns(servers, domainNames(...search)),
      });
      for (const one of [message, withdrawal]) {
        const packet = toPacket(one);
        assert.ok(packet.length <= 1280);
        assert.equal(decodeNdPacket(packet).message.kind, 'router-advertisement');
      }
    });
    fc.assert(property, { numRuns: 200 });
  });
});
