/**
 * What the service may use, measured on the running program: memory after load, and nothing at all when idle.
 * Raise a limit only with the measurement that shows what the memory is for.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { serviceAddress } from '../harness/topology.ts';
import { startWebServer, transfer } from '../harness/transfer.ts';
import { cpuTicks, residentMiB } from '../harness/usage.ts';
import { bothLinks, siteForAll } from './site-fixture.ts';

/**
 * Measured 65 to 67 MiB at the peak on Node 20; of that the bare runtime takes about 40, the queue of flows up to 5.
 */
const residentLimitMiB = 72;
const windowSeconds = 4;
/** Two clock ticks: each of the two readings may be off by one. */
const idleTicks = 2;
/** The runtime tidies up its memory some seconds after a load: what recurs is there in every window. */
const windows = 6;

for (const link of bothLinks) {
  describe(`budget, link ${link}`, () => {
    const site = siteForAll({ link }, async (opened) => {
      await opened.untilOnline();
      opened.with(await startWebServer(opened.network.enf, serviceAddress));
    });

    it(`stays under ${residentLimitMiB} MiB resident after moving 200 MiB each way`, async () => {
      const bytes = 200 * 1024 * 1024;
      await transfer(site().host, serviceAddress, 'download', bytes);
      await transfer(site().host, serviceAddress, 'upload', bytes);
      const { now, peak } = residentMiB(site().enftun.pid);
      assert.ok(now > 10, `${now} MiB cannot be a running service`);
      assert.ok(peak < residentLimitMiB, `${now.toFixed(1)} MiB, peak ${peak.toFixed(1)} MiB`);
    });

    it('uses no processor time while nothing happens', async () => {
      const used: number[] = [];
      do {
        const before = cpuTicks(site().enftun.pid);
        await sleep(windowSeconds * 1000);
        used.push(cpuTicks(site().enftun.pid) - before);
      } while (Math.min(...used) > idleTicks && used.length < windows);
      assert.ok(
        Math.min(...used) <= idleTicks,
        `clock ticks used in windows of ${windowSeconds} s: ${used.join(', ')}`,
      );
    });
  });
}
