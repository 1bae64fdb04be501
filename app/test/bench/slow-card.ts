/**
 * `make bench-edge`: what an upload does to itself and to other flows when the card is slower than its host. The
 * service gets a share of one processor; the host uploads by TCP that reacts to loss (CUBIC), by TCP that does not
 * (BBR), by both at once, and by UDP that reacts to nothing, and pings meanwhile. Every run has programs of its own.
 */
import { EnvironmentError } from '../../src/core/errors.ts';
import type { CommandLineTable } from '../../src/platform/command-line/table.ts';
import type { Link } from '../harness/card.ts';
import { labFolder } from '../harness/paths.ts';
import { run } from '../harness/process.ts';
import { count, oneOf, positive, setting, startTool, toolStatus } from '../harness/tool.ts';
import {
  edgeCases,
  edgeFigures,
  measureEdge,
  type EdgeCase,
  type EdgeFigures,
} from './edge-figures.ts';
import { summarize } from './statistics.ts';

const figureNames = Object.keys(edgeFigures) as (keyof EdgeFigures)[]; // keys of a constant

const table = {
  program: 'bench-edge',
  about: [
    `Uploads into a card that is slower than its host, and prints what was sent again and lost, round trips and the
     shares of the flows.`,
  ],
  commands: { '': { options: { json: { help: 'print JSON' } }, help: 'measure a slow card' } },
  sections: [
    {
      heading: 'Settings',
      text: `  LINK=ethernet|tun|both   the links to measure (default ethernet)
  CASES=${edgeCases.join(',')}   the loads
  FLOWS=1,20               TCP connections of each upload (default 1)
  SHARE=15                 per cent of one processor
  PERIODS=10,100           milliseconds in which that share is given
  SECONDS_PER_RUN=15       length of a transfer
  ROUNDS=3                 repetitions
  UPLINK_RATE=10mbit       a slow uplink in place of a slow processor, a rate as in tc(8)`,
    },
  ],
  exitStatus: toolStatus,
} as const satisfies CommandLineTable;

startTool(table, {
  '': (given) => {
    const uplinkRate = process.env.UPLINK_RATE || undefined;
    const periods = list('PERIODS', '10,100').map((word) => positive('PERIODS', word));
    const choices: Choices = {
      links: list('LINK', 'ethernet').flatMap(linksNamed),
      cases: list('CASES', edgeCases.join()).map((word) => oneOf('CASES', edgeCases, word)),
      periods: uplinkRate === undefined ? periods : [10],
      flows: list('FLOWS', '1').map((word) => count('FLOWS', word)),
      percent: positive('SHARE', setting('SHARE', '15')),
      seconds: positive('SECONDS_PER_RUN', setting('SECONDS_PER_RUN', '15')),
      rounds: count('ROUNDS', setting('ROUNDS', '3')),
      uplinkRate,
      isJson: given.has('json'),
    };
    return () => bench(choices);
  },
});

interface Choices {
  readonly links: readonly Link[];
  readonly cases: readonly EdgeCase[];
  readonly periods: readonly number[];
  readonly flows: readonly number[];
  readonly percent: number;
  readonly seconds: number;
  readonly rounds: number;
  readonly uplinkRate: string | undefined;
  readonly isJson: boolean;
}

function list(name: string, preset: string): string[] {
  return setting(name, preset).split(',');
}

function linksNamed(word: string): readonly Link[] {
  const link = oneOf('LINK', ['ethernet', 'tun', 'both'], word);
  return link === 'both' ? ['ethernet', 'tun'] : [link];
}

function cell(runs: readonly EdgeFigures[], name: keyof EdgeFigures): string {
  const { median, lowest, highest } = summarize(runs.map((figures) => figures[name]));
  if (!Number.isFinite(median)) return '-';
  const text = (value: number) => value.toFixed(edgeFigures[name].digits);
  return `${text(median)} (${text(lowest)}..${text(highest)})`;
}

/** A flood of UDP is one flow. */
function flowsOf(which: EdgeCase, flows: readonly number[]): (readonly [EdgeCase, number])[] {
  return which === 'udp' ? [[which, 1]] : flows.map((count) => [which, count] as const);
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

async function bench(choices: Choices): Promise<void> {
  const { links, cases, periods, flows, percent, seconds, rounds, uplinkRate, isJson } = choices;
  await assertAlgorithms(cases);
  const udpLoad = `${labFolder}/udp-load`;
  await run(['cc', '-O2', '-o', udpLoad, new URL('udp-load.c', import.meta.url).pathname]);

  const results: object[] = [];
  const rows = [
    ['link', 'load', 'flows', 'period', ...figureNames.map((name) => edgeFigures[name].title)],
  ];
  for (const of of links) {
    for (const periodMs of periods) {
      for (const [which, count] of cases.flatMap((one) => flowsOf(one, flows))) {
        const shared = { link: of, percent, periodMs, seconds, uplinkRate, udpLoad };
        const plan = { ...shared, flows: count };
        const runs: EdgeFigures[] = [];
        for (let i = 0; i < rounds; i++) {
          console.error(`${of}, ${which}, ${count} flows, ${periodMs} ms, round ${i + 1}`);
          runs.push(await measureEdge(which, plan));
        }
        results.push({ load: which, ...plan, runs });
        const what = [of, which, `${count}`, `${periodMs} ms`];
        rows.push([...what, ...figureNames.map((name) => cell(runs, name))]);
      }
    }
  }
  if (isJson) console.log(JSON.stringify(results, undefined, 2));
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
}
