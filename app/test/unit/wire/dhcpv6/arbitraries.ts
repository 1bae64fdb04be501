/** Any value that the DHCPv6 codecs can represent, nested as deeply as they allow. */
import fc from 'fast-check';
import type { Dhcpv6Message } from '../../../../src/wire/dhcpv6/dhcpv6-message.ts';
import type { Dhcpv6Option } from '../../../../src/wire/dhcpv6/options/registry.ts';
import { domainNames, exactBytes, uint32 } from '../nd/arbitraries.ts';

const plain = { noNullPrototype: true } as const;
const duid = fc.uint8Array({ minLength: 3, maxLength: 20 });

const flat: fc.Arbitrary<Dhcpv6Option> = fc.oneof(
  fc.record({ kind: fc.constantFrom('client-id', 'server-id'), duid }, plain),
  fc.record(
    {
      kind: fc.constant('option-request' as const),
      codes: fc.array(fc.nat(0xffff), { maxLength: 5 }),
    },
    plain,
  ),
  fc.record({ kind: fc.constant('preference' as const), value: fc.nat(255) }, plain),
  fc.record({ kind: fc.constant('elapsed-time' as const), hundredths: fc.nat(0xffff) }, plain),
  fc.record(
    {
      kind: fc.constant('status-code' as const),
      status: fc.nat(0xffff),
      // Whole characters only: half a surrogate pair is not text.
      text: fc.string({ unit: 'binary', maxLength: 10 }),
    },
    plain,
  ),
  fc.constant({ kind: 'rapid-commit' } as const),
  fc.record(
    {
      kind: fc.constant('dns-servers' as const),
      servers: fc.array(exactBytes(16), { maxLength: 3 }),
    },
    plain,
  ),
  fc.record({ kind: fc.constant('domain-list' as const), names: domainNames }, plain),
  fc.record(
    {
      kind: fc.constantFrom('information-refresh-time', 'sol-max-rt', 'inf-max-rt'),
      seconds: uint32,
    },
    plain,
  ),
  fc.record(
    {
      kind: fc.constant('unknown' as const),
      code: fc.integer({ min: 84, max: 0xffff }),
      data: fc.uint8Array({ maxLength: 20 }),
    },
    plain,
  ),
);

function holding(inner: fc.Arbitrary<Dhcpv6Option>): fc.Arbitrary<Dhcpv6Option> {
  const options = fc.array(inner, { maxLength: 2 });
  return fc.oneof(
    { weight: 3, arbitrary: flat },
    fc.record(
      { kind: fc.constantFrom('ia-na', 'ia-pd'), iaid: uint32, t1: uint32, t2: uint32, options },
      plain,
    ),
    fc.record({ kind: fc.constant('ia-ta' as const), iaid: uint32, options }, plain),
    fc.record(
      {
        kind: fc.constant('ia-address' as const),
        address: exactBytes(16),
        preferredLifetime: uint32,
        validLifetime: uint32,
        options,
      },
      plain,
    ),
    fc.record(
      {
        kind: fc.constant('ia-prefix' as const),
        preferredLifetime: uint32,
        validLifetime: uint32,
        prefixLength: fc.nat(128),
        prefix: exactBytes(16),
        options,
      },
      plain,
    ),
  );
}

export const dhcpv6Options = fc.array(holding(holding(flat)), { maxLength: 3 });

export const dhcpv6Message: fc.Arbitrary<Dhcpv6Message> = fc.record(
  {
    type: fc.integer({ min: 1, max: 11 }),
    transactionId: fc.nat(0xffffff),
    options: dhcpv6Options,
  },
  plain,
);
