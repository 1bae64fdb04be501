/**
 * `make bench-edge`: what an upload does to itself and to other flows when the card is slower than its host. The
 * service gets a share of one processor; the host uploads by TCP that reacts to loss (CUBIC), by TCP that does not
 * (BBR), by both at once, and by UDP that reacts to nothing, and pings meanwhile. Every run has programs of its own.
 *
 *   slow-card.ts [--json]
 *
 * Environment:
 *   LINK=ethernet|tun|both (default ethernet)   CASES=cubic,bbr,both,udp
 *   SHARE=15 (per cent of one processor)        PERIODS=10,100 (ms in which that share is given)
 *   SECONDS_PER_RUN=15                          ROUNDS=3
 *   UPLINK_RATE=10mbit: the uplink is slow instead (a rate as in tc(8))
 */
import { parseArgs } from 'node:util';
import { EnvironmentError } from '../../src/core/errors.ts';
import type { Link } from '../harness/card.ts';
import { labFolder } from '../harness/paths.ts';
import { run } from '../harness/process.ts';
import {
  edgeCases,
  edgeFigures,
  measureEdge,
  type EdgeCase,
  type EdgeFigures,
} from './edge-figures.ts';
import { summarize } from './statistics.ts';

const figureNames = Object.keys(edgeFigures) as (keyof EdgeFigures)[]; // keys of a constant

function setting(name: string, otherwise: string): string {
  const value = process.env[name] ?? '';
  return value === '' ? otherwise : value;
}

/** The words of a setting, each of them one of these; anything else ends the program. */
function choices<T extends string>(name: string, known: readonly T[], otherwise: string): T[] {
  return setting(name, otherwise)
    .split(',')
    .map((word) => {
      const found = known.find((one) => one === word);
      if (found !== undefined) return found;
      console.error(`${name}: "${word}" is not one of ${known.join(', ')}`);
      return process.exit(2);
    });
}

function cell(runs: readonly EdgeFigures[], name: keyof EdgeFigures): string {
  const { median, lowest, highest } = summarize(runs.map((figures) => figures[name]));
  if (!Number.isFinite(median)) return '-';
  const text = (value: number) => value.toFixed(edgeFigures[name].digits);
  return `${text(median)} (${text(lowest)}..${text(highest)})`;
}

async function assertAlgorithms(wanted: readonly EdgeCase[]): Promise<void> {
  await run(['modprobe', 'tcp_bbr'], { mayFail: true });
  const { stdout } = await run(['sysctl', '-n', 'net.ipv4.tcp_available_congestion_control']);
  const needed = wanted.some((name) => name === 'bbr' || name === 'both');
  if (!needed || stdout.split(/\s+/).includes('bbr')) return;
  throw new EnvironmentError('this kernel has no BBR: leave it out with CASES=cubic,udp', {
    errno: 'ENOENT',
    syscall: 'sysctl',
  });
}

const { values: options } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const cases = choices('CASES', edgeCases, edgeCases.join());
const links: Link[] = choices('LINK', ['ethernet', 'tun', 'both'], 'ethernet').flatMap((link) =>
  link === 'both' ? (['ethernet', 'tun'] as const) : [link],
);
await assertAlgorithms(cases);
const uplinkRate = process.env.UPLINK_RATE || undefined;
const periods =
  uplinkRate === undefined ? setting('PERIODS', '10,100').split(',').map(Number) : [10];
const udpLoad = `${labFolder}/udp-load`;
await run(['cc', '-O2', '-o', udpLoad, new URL('udp-load.c', import.meta.url).pathname]);

const results: object[] = [];
const rows = [['link', 'load', 'period', ...figureNames.map((name) => edgeFigures[name].title)]];
for (const of of links) {
  for (const periodMs of periods) {
    for (const which of cases) {
      const plan = {
        link: of,
        percent: Number(setting('SHARE', '15')),
        periodMs,
        seconds: Number(setting('SECONDS_PER_RUN', '15')),
        uplinkRate,
        udpLoad,
      };
      const runs: EdgeFigures[] = [];
      for (let i = 0; i < Number(setting('ROUNDS', '3')); i++) {
        console.error(`${of}, ${which}, ${periodMs} ms, round ${i + 1}`);
        runs.push(await measureEdge(which, plan));
      }
      results.push({ load: which, ...plan, runs });
      rows.push([of, which, `${periodMs} ms`, ...figureNames.map((name) => cell(runs, name))]);
    }
  }
}
if (options.json) console.log(JSON.stringify(results, undefined, 2));
else {
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  for (const row of rows) {
    console.log(
      row
        .map((text, i) => text.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}
process.exit(0);
