/** Any value that the neighbour discovery codecs can represent. */
import fc from 'fast-check';
import type { NdMessage } from '../../../../src/wire/nd/nd-packet.ts';
import type { NdOption } from '../../../../src/wire/nd/options/registry.ts';

const plain = { noNullPrototype: true } as const;

export function exactBytes(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}

export const uint32 = fc.integer({ min: 0, max: 0xffffffff });

export const domainNames = fc.array(
  fc
    .array(
      fc.string({ unit: fc.constantFrom('a', 'Z', '9', '-', '_'), minLength: 1, maxLength: 9 }),
      {
        minLength: 1,
        maxLength: 4,
      },
    )
    .map((labels) => labels.join('.')),
  { minLength: 1, maxLength: 4 },
);

const preference = fc.constantFrom('high', 'medium', 'low', 'reserved');

const option: fc.Arbitrary<NdOption> = fc.oneof(
  fc.record(
    {
      kind: fc.constantFrom('source-link-layer-address', 'target-link-layer-address'),
      mac: exactBytes(6),
    },
    plain,
  ),
  fc.record({ kind: fc.constant('mtu' as const), mtuBytes: uint32 }, plain),
  fc.record(
    {
      kind: fc.constant('prefix-information' as const),
      prefix: exactBytes(16),
      prefixLength: fc.nat(128),
      onLink: fc.boolean(),
      autonomous: fc.boolean(),
      validLifetime: uint32,
      preferredLifetime: uint32,
    },
    plain,
  ),
  fc.constantFrom(0, 8, 16).chain((prefixBytes) =>
    fc.record(
      {
        kind: fc.constant('route-information' as const),
        prefix: exactBytes(prefixBytes),
        prefixLength: fc.nat(prefixBytes * 8),
        preference,
        routeLifetime: uint32,
      },
      plain,
    ),
  ),
  fc.record(
    {
      kind: fc.constant('rdnss' as const),
      lifetime: uint32,
      servers: fc.array(exactBytes(16), { minLength: 1, maxLength: 4 }),
    },
    plain,
  ),
  fc.record({ kind: fc.constant('dnssl' as const), lifetime: uint32, names: domainNames }, plain),
  fc.record(
    {
      kind: fc.constant('unknown' as const),
      type: fc.integer({ min: 32, max: 255 }),
      data: fc.integer({ min: 1, max: 4 }).chain((units) => exactBytes(units * 8 - 2)),
    },
    plain,
  ),
);

export const ndOptions = fc.array(option, { maxLength: 6 });

/** From fe80::1 to a host, so that no rule about special addresses refuses it. */
export const ndMessage: fc.Arbitrary<NdMessage> = fc.oneof(
  fc.record({ kind: fc.constant('router-solicitation' as const), options: ndOptions }, plain),
  fc.record(
    {
      kind: fc.constant('router-advertisement' as const),
      curHopLimit: fc.nat(255),
      managed: fc.boolean(),
      otherConfig: fc.boolean(),
      preference,
      routerLifetime: fc.nat(0xffff),
      reachableTimeMs: uint32,
      retransTimerMs: uint32,
      options: ndOptions,
    },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('neighbour-solicitation' as const),
      target: exactBytes(16).filter((target) => target[0] !== 0xff),
      options: ndOptions,
    },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('neighbour-advertisement' as const),
      router: fc.boolean(),
      solicited: fc.boolean(),
      override: fc.boolean(),
      target: exactBytes(16).filter((target) => target[0] !== 0xff),
      options: ndOptions,
    },
    plain,
  ),
);
