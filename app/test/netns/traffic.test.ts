/** What the product is for: the host's traffic through the tunnel, over both links and both underlays. */
import assert from 'node:assert/strict';
import type { Program } from '../harness/process.ts';
import { serviceAddress, tunnelAddress } from '../harness/topology.ts';
import { startWebServer, transfer } from '../harness/transfer.ts';
import { bothLinks, bothUnderlays, siteForAll } from './site-fixture.ts';

const bytes = 20 * 1024 * 1024;

for (const link of bothLinks) {
  for (const underlay of bothUnderlays) {
    describe(`traffic, link ${link} over ${underlay}`, () => {
      let hostServer: Program;
      const site = siteForAll({ link, underlay }, async (opened) => {
        await opened.untilOnline();
        opened.with(await startWebServer(opened.network.enf, serviceAddress));
        hostServer = opened.with(await startWebServer(opened.host, tunnelAddress));
      });

      it('host downloads from the ENF, checksum right', async () => {
        await transfer(site().host, serviceAddress, 'download', bytes);
      });

      it('host uploads to the ENF, checksum right', async () => {
        await transfer(site().host, serviceAddress, 'upload', bytes);
      });

      it('the ENF reaches a server on the host, both ways', async () => {
        assert.ok(hostServer.isRunning);
        await transfer(site().network.enf, tunnelAddress, 'download', bytes);
        await transfer(site().network.enf, tunnelAddress, 'upload', bytes);
      });

      it('both directions at once', async () => {
        await Promise.all([
          transfer(site().host, serviceAddress, 'download', bytes),
          transfer(site().host, serviceAddress, 'upload', bytes),
        ]);
      });

      it('packets of exactly 1280 bytes pass whole', async () => {
        const { stdout, status } = await site().ping(
          '-W',
          '20',
          '-M',
          'do',
          '-s',
          '1232',
          serviceAddress,
        );
        assert.equal(status, 0, stdout);
      });

      it('larger datagrams pass in fragments', async () => {
        const { stdout, status } = await site().ping(
          '-W',
          '20',
          '-M',
          'dont',
          '-s',
          '6000',
          serviceAddress,
        );
        assert.equal(status, 0, stdout);
      });
    });
  }
}

describe('traffic, link ethernet with segmentation offload on the cable', () => {
  const site = siteForAll({ link: 'ethernet', usbOffload: true }, async (opened) => {
    await opened.untilOnline();
    opened.with(await startWebServer(opened.network.enf, serviceAddress));
  });

  for (const direction of ['download', 'upload'] as const) {
    it(`${direction} keeps its checksum though the host sends packets of 64 KiB`, async () => {
      await transfer(site().host, serviceAddress, direction, bytes);
    });
  }
});
