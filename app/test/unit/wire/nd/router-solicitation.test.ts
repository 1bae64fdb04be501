import {
  decodeNdPacket,
  encodeNdPacket,
  type NdMessage,
} from '../../../../src/wire/nd/nd-packet.ts';
import { unspecifiedAddress, allRouters, parseIpv6 } from '../../../../src/wire/ipv6-address.ts';
import { itConverts, itRefuses } from '../codec-table.ts';
import { bytes } from '../hex.ts';
import { wirePacket } from './wire-packet.ts';

const host = { source: 'fe80::d4ad:beff:feef:1', destination: 'ff02::2' };
const noAddress = { ...host, source: '::' };
const addresses = { source: parseIpv6(host.source)!, destination: allRouters };

describe('wire/nd/router-solicitation (RFC 4861 section 6.1.1)', () => {
  itConverts(
    decodeNdPacket,
    ({ source, destination, message }) =>
      encodeNdPacket({ source, destination }, message as NdMessage), // no row is a redirect
    [
      {
        name: 'one without options',
        wire: wirePacket('85 00 0000 00000000', host),
        value: { ...addresses, message: { kind: 'router-solicitation', options: [] } },
      },
      {
        name: 'one with the sender’s MAC',
        wire: wirePacket('85 00 0000 00000000 01 01 d6adbeef0001', host),
        value: {
          ...addresses,
          message: {
            kind: 'router-solicitation',
            options: [{ kind: 'source-link-layer-address', mac: bytes('d6adbeef0001') }],
          },
        },
      },
      {
        name: 'one from a host without an address',
        wire: wirePacket('85 00 0000 00000000', noAddress),
        value: {
          source: unspecifiedAddress,
          destination: allRouters,
          message: { kind: 'router-solicitation', options: [] },
        },
      },
    ],
  );

  const what = 'router solicitation';
  itRefuses(decodeNdPacket, [
    {
      name: 'hop limit 254',
      wire: wirePacket('85 00 0000 00000000', { ...host, hopLimit: 254 }),
      what,
      offset: 0,
    },
    { name: 'code 1', wire: wirePacket('85 01 0000 00000000', host), what, offset: 1 },
    { name: '7 bytes', wire: wirePacket('85 00 0000 000000', host), what, offset: 7 },
    {
      name: 'a MAC from the unspecified address',
      wire: wirePacket('85 00 0000 00000000 01 01 d6adbeef0001', noAddress),
      what,
      offset: 8,
    },
    {
      name: 'an option of length 0',
      wire: wirePacket('85 00 0000 00000000 01 00 d6adbeef0001', host),
      what: 'ND options',
      offset: 1,
    },
  ]);
});
