/**
 * Rounds of large transfers both ways, each proved by its hash: later rounds are as fast as early ones, and memory
 * stays where it was. TRANSFER_ROUNDS and TRANSFER_MIB make it longer (`make soak`).
 */
import assert from 'node:assert/strict';
import { linesWith } from '../harness/logged.ts';
import { layHostUplink, lendSockets, lentKeys } from '../harness/lent-sockets.ts';
import type { Program } from '../harness/process.ts';
import type { SiteOptions } from '../harness/site.ts';
import { serviceAddress } from '../harness/topology.ts';
import { startWebServer, transfer } from '../harness/transfer.ts';
import { residentMiB } from '../harness/usage.ts';
import { bothLinks, siteForAll } from './site-fixture.ts';

const rounds = Number(process.env.TRANSFER_ROUNDS ?? 10);
const mebibytes = Number(process.env.TRANSFER_MIB ?? 24);
/**
 * The fastest of the last rounds: the machine does other things meanwhile. What this is to find grows with every round.
 */
const slowestRatio = 0.4;
/** Between the third round and the smallest of the last three. The collector of garbage takes its time. */
const growthLimitMiB = 8;
/**
 * The lender runs from its sources, with the runtime's own idea of a heap: on a slow machine that makes one step of 20.
 */
const lenderGrowthLimitMiB = 40;

const ways: Readonly<Record<string, SiteOptions>> = {
  ...Object.fromEntries(bothLinks.map((link) => [`link ${link}`, { link }])),
  'over the sockets of the host': {
    link: 'ethernet',
    keys: { ...lentKeys, 'remote.transports': '"psock"' },
  },
};

for (const [way, options] of Object.entries(ways)) {
  describe(`${rounds} rounds of ${mebibytes} MiB each way, ${way}`, () => {
    let lender: Program | undefined;
    const site = siteForAll(options, async (opened) => {
      if (options.keys !== undefined) {
        await layHostUplink(opened.network);
        lender = await lendSockets(opened);
      }
      await opened.untilOnline();
      opened.with(await startWebServer(opened.network.enf, serviceAddress));
    });

    it('arrive whole, in steady time, with steady memory', async function () {
      this.timeout(rounds * (10_000 + mebibytes * 1000));
      const bytes = mebibytes * 1024 * 1024;
      const seconds: number[] = [];
      const resident: number[] = [];
      const lending: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const down = await transfer(site().host, serviceAddress, 'download', bytes, 300);
        const up = await transfer(site().host, serviceAddress, 'upload', bytes, 300);
        seconds.push(down.seconds + up.seconds);
        resident.push(residentMiB(site().enftun.pid).now);
        if (lender !== undefined) lending.push(residentMiB(lender.pid).now);
      }
      const third = Math.max(1, Math.floor(rounds / 3));
      const early = median(seconds.slice(0, third));
      const late = Math.min(...seconds.slice(-third));
      const told = seconds.map((value) => value.toFixed(2)).join(' ');
      assert.ok(early / late >= slowestRatio, `seconds per round: ${told}`);
      const sizes = assertSteady(resident, growthLimitMiB);
      if (lender !== undefined) assertSteady(lending, lenderGrowthLimitMiB);
      assert.equal(linesWith(site().enfServer.log(), 'session-opened').length, 1);
      this.test!.title += ` (${told} s; ${sizes} MiB)`;
    });
  });
}

/** Returns the sizes in words. */
function assertSteady(sizes: readonly number[], limit: number): string {
  const growth = Math.min(...sizes.slice(-3)) - sizes[Math.min(2, sizes.length - 1)]!;
  const words = sizes.map((value) => value.toFixed(1)).join(' ');
  assert.ok(growth <= limit, `MiB after each round: ${words}`);
  return words;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
