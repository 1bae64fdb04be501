/** The benchmark's result as text and as data. */
import type { Link } from '../harness/card.ts';
import { metricNames, metrics, type Measurement, type MetricName } from './metrics.ts';
import { pairRatios, summarize, type Summary } from './statistics.ts';

export interface LinkResult {
  readonly link: Link;
  readonly enftun: readonly Measurement[];
  /** As many as ours, in turns with ours; empty without a reference. */
  readonly reference: readonly Measurement[];
  /** Default "reference". */
  readonly referenceName?: string | undefined;
}

export interface Conditions {
  readonly machine: string;
  readonly node: string;
  readonly secondsPerRun: number;
  readonly cableOffload: boolean;
  /** The kernel's choice; both ends use it. */
  readonly congestionControl: string;
}

function column(measurements: readonly Measurement[], name: MetricName): number[] {
  return measurements.map((measurement) => measurement[name]);
}

function show({ median, lowest, highest }: Summary, digits: number): string {
  if (!Number.isFinite(median)) return '-'; // a ratio to nothing
  const text = (value: number) => value.toFixed(digits);
  return `${text(median)} (${text(lowest)}..${text(highest)})`;
}

export function reportText(result: LinkResult): string {
  const hasReference = result.reference.length > 0;
  const rows = [
    ['', 'unit', 'enftun', ...(hasReference ? [result.referenceName ?? 'reference', 'ratio'] : [])],
  ];
  for (const name of metricNames) {
    const { title, unit, digits } = metrics[name];
    const ours = column(result.enftun, name);
    const theirs = column(result.reference, name);
    rows.push([
      title,
      unit,
      show(summarize(ours), digits),
      ...(hasReference
        ? [show(summarize(theirs), digits), show(summarize(pairRatios(ours, theirs)), 2)]
        : []),
    ]);
  }
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  '));
  const runs = `${result.enftun.length} ${hasReference ? 'pairs' : 'runs'}`;
  return [`Link ${result.link}, ${runs}: median (lowest..highest)`, ...lines]
    .map((line) => line.trimEnd())
    .join('\n');
}

export function reportJson(conditions: Conditions, results: readonly LinkResult[]): string {
  const links = results.map(({ link, enftun, reference, referenceName }) => ({
    link,
    ...(referenceName !== undefined && { referenceName }),
    metrics: metricNames.map((name) => {
      const ours = column(enftun, name);
      const theirs = column(reference, name);
      const { unit, better } = metrics[name];
      return {
        name,
        unit,
        better,
        enftun: ours,
        reference: theirs,
        ratio: pairRatios(ours, theirs),
      };
    }),
  }));
  return JSON.stringify({ ...conditions, links }, undefined, 2);
}
