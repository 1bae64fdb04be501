/**
 * The text format of OpenMetrics 1.0, which Prometheus reads: families with help and type, samples with labels, and an
 * end. Client libraries for it count what happens in their own process; this one writes numbers that were counted
 * elsewhere.
 */
export type MetricType = 'counter' | 'gauge' | 'info' | 'stateset';

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** All samples of one name. */
export interface MetricFamily {
  /** Without the ending that its type gives to samples (`_total`, `_info`). */
  readonly name: string;
  readonly type: MetricType;
  /** Such as `seconds`; the name ends with it. */
  readonly unit?: string;
  readonly help: string;
  readonly samples: readonly Sample[];
}

const ending: Record<MetricType, string> = {
  counter: '_total',
  gauge: '',
  info: '_info',
  stateset: '',
};

/** Families without samples are left out. */
export function formatOpenMetrics(families: readonly MetricFamily[]): string {
  const lines = families.filter(({ samples }) => samples.length > 0).flatMap(linesOf);
  return [...lines, '# EOF', ''].join('\n');
}

function linesOf({ name, type, unit, help, samples }: MetricFamily): string[] {
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${escaped(help)}`,
    ...samples.map(({ labels, value }) => `${name}${ending[type]}${labelsOf(labels)} ${value}`),
  ];
}

function labelsOf(labels: Sample['labels']): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}
