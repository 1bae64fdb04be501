/** Measures whether code allocates, for functions of the packet path. */
import { getHeapStatistics } from 'node:v8';

const warmUpCalls = 20_000;
/** Short rounds: a collection falls into few of them, and the median does not see those. */
const rounds = 101;
const callsPerRound = 1000;

/** Median growth of the heap in bytes per call of `run`: 0 when it does not allocate, at least 12 when it does. */
export function heapBytesPerCall(run: () => void): number {
  for (let i = 0; i < warmUpCalls; i++) run();
  const growth = Array.from({ length: rounds }, () => {
    const before = getHeapStatistics().used_heap_size;
    for (let i = 0; i < callsPerRound; i++) run();
    return (getHeapStatistics().used_heap_size - before) / callsPerRound;
  });
  return growth.sort((a, b) => a - b)[rounds >>> 1]!;
}
