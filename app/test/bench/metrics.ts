/** What the benchmark measures, with units and which way is better. */
export const metrics = {
  tcpUp: { title: 'TCP up', unit: 'Mbit/s', better: 'more', digits: 0 },
  tcpDown: { title: 'TCP down', unit: 'Mbit/s', better: 'more', digits: 0 },
  packetsUp: { title: '200-byte packets up', unit: 'kpps', better: 'more', digits: 1 },
  packetsDown: { title: '200-byte packets down', unit: 'kpps', better: 'more', digits: 1 },
  rtt: { title: 'RTT, median', unit: 'ms', better: 'less', digits: 3 },
  cpuUp: { title: 'CPU, TCP up', unit: 's/GiB', better: 'less', digits: 2 },
  cpuDown: { title: 'CPU, TCP down', unit: 's/GiB', better: 'less', digits: 2 },
  cpuPacketsUp: { title: 'CPU, packets up', unit: 's/million', better: 'less', digits: 2 },
  cpuPacketsDown: { title: 'CPU, packets down', unit: 's/million', better: 'less', digits: 2 },
  cpuIdle: { title: 'CPU, idle', unit: 'ms/s', better: 'less', digits: 1 },
  memory: { title: 'resident after load', unit: 'MiB', better: 'less', digits: 1 },
  memoryPeak: { title: 'resident, peak', unit: 'MiB', better: 'less', digits: 1 },
} as const;

export type MetricName = keyof typeof metrics;
export const metricNames = Object.keys(metrics) as MetricName[]; // keys of a constant
export type Measurement = Readonly<Record<MetricName, number>>;
