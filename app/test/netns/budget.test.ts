/**
 * What the service may use, measured on the running program: memory after load, and nothing at all when idle.
 * Raise a limit only with the measurement that shows what the memory is for.
 */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { serviceAddress } from '../../lab/topology.ts';
import { startWebServer, transfer } from '../../lab/transfer.ts';
import { cpuSeconds, residentMiB } from '../../lab/usage.ts';
import { bothLinks, siteForAll } from './site-fixture.ts';

/** Measured 63 to 65 MiB at the peak on Node 20; of that the bare runtime takes about 40. */
const residentLimitMiB = 72;
const idleSeconds = 4;
/** Two clock ticks: reading the counters twice may be off by as much. */
const idleCpuLimitSeconds = 0.02;

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
      await sleep(1000); // what the transfers left behind is cleared away
      const before = cpuSeconds(site().enftun.pid);
      await sleep(idleSeconds * 1000);
      const used = cpuSeconds(site().enftun.pid) - before;
      assert.ok(used <= idleCpuLimitSeconds, `${(used * 1000).toFixed(0)} ms in ${idleSeconds} s`);
    });
  });
}
