/** The bytes in docs/protocol are those that the code sends. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { seconds } from '../../../src/core/time.ts';
import { advertisementContent } from '../../../src/router/advertisement-content.ts';
import { parseRoutePrefix } from '../../../src/router/route-prefix.ts';
import { heartbeatFrame } from '../../../src/tunnel/heartbeat-message.ts';
import { allNodes, routerAddress } from '../../../src/wire/ipv6-address.ts';
import { encodeNdPacket } from '../../../src/wire/nd/nd-packet.ts';
import { ip, toHex } from '../router/packets.ts';

const folder = path.resolve(import.meta.dirname, '../../../../docs/protocol');
const address = ip('fd00:8f80:1::1234');

/** The one block of bytes of a page, without its spaces. */
function bytesOf(page: string): string {
  const text = readFileSync(path.join(folder, page), 'utf8');
  const blocks = [...text.matchAll(/^```\n([0-9a-f\s]+)^```$/gm)];
  assert.equal(blocks.length, 1, `${page} shows one message`);
  return (blocks[0]?.[1] ?? '').replace(/\s/g, '');
}

describe('docs/protocol', () => {
  it('shows the heartbeat as it is sent', () => {
    assert.equal(toHex(heartbeatFrame(address)), bytesOf('tunnel.md'));
  });

  it('shows a router advertisement as it is sent', () => {
    const { message } = advertisementContent({
      address,
      formerAddresses: [],
      routes: [parseRoutePrefix('default')!],
      period: seconds(600),
      announcedMac: Uint8Array.of(2, 0x42, 0xac, 0x11, 0, 2),
      dns: { servers: [], search: [], omitted: [] },
    });
    const packet = encodeNdPacket({ source: routerAddress, destination: allNodes }, message);
    assert.equal(toHex(packet), bytesOf('host-link.md'));
  });
});
