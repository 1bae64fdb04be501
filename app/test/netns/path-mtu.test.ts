/**
 * A path that takes smaller packets than its ends assume, and whose "packet too big" messages are lost (RFC 2923
 * section 2.1): the kernel's path MTU probing (RFC 4821), which the card's sysctl file switches on, finds the size that
 * passes.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { hasLogged } from '../harness/logged.ts';
import { serviceAddress } from '../harness/topology.ts';
import { until } from '../harness/until.ts';
import { bothUnderlays, siteForEach } from './site-fixture.ts';

const cardSettings = path.resolve(
  import.meta.dirname,
  '../../../overlay/usr/lib/sysctl.d/50-card.conf',
);
/** The least that IPv6 allows (RFC 8200 section 5). */
const pathMtu = 1280;
/** In one segment of the tunnel it is too long for the path; the tunnel itself takes it. */
const largePing = ['-s', '1200'];

async function cardProbing(): Promise<string> {
  const text = await readFile(cardSettings, 'utf8');
  return /^net\.ipv4\.tcp_mtu_probing = (\d)$/m.exec(text)?.[1] ?? '0';
}

for (const underlay of bothUnderlays) {
  describe(`a path over ${underlay} that loses large packets without a word`, () => {
    const site = siteForEach({ link: 'ethernet', underlay }, async (opened) => {
      const { card, enf } = opened.network;
      // The rule below would otherwise see segments that the cable has not yet cut.
      for (const end of [card, enf]) {
        await end.run(['ethtool', '-K', 'wan', ...'tso off gso off gro off'.split(' ')]);
      }
      await opened.untilOnline();
      await until('a large packet', 20, () => opened.canPing(...largePing));
      // The time to retransmit follows the round trip, which the first packets of a connection make long.
      await opened.ping('-c', '30', '-i', '0.05', serviceAddress);
      await enf.nft(`table inet hole {
        chain arriving {
          type filter hook prerouting priority raw; policy accept;
          iifname "wan" meta length > ${pathMtu} counter drop
        }
      }`);
    });
    const setProbing = (value: string | number) =>
      site().network.card.settings({ 'ipv4/tcp_mtu_probing': value });

    async function dropped(): Promise<number> {
      const { stdout } = await site().network.enf.run(['nft', 'list', 'table', 'inet', 'hole']);
      return Number(/counter packets (\d+)/.exec(stdout)?.[1]);
    }

    it('carries them with the settings of the card', async () => {
      await setProbing(await cardProbing());
      await until('a large packet', 40, () => site().canPing(...largePing));
      assert.ok((await dropped()) > 0);
      assert.ok(!hasLogged(site().enftun.log(), 'tunnel-down'));
    });

    it('carries nothing without them', async () => {
      await setProbing(0);
      for (let attempt = 0; attempt < 8; attempt++) {
        assert.equal(await site().canPing(...largePing), false);
      }
      assert.ok((await dropped()) >= 4);
    });
  });
}
