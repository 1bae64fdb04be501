/** Tells whether code allocates, for functions of the packet path. */

const iterations = 300_000;

/**
 * Median growth of the heap in bytes per call of `run`. Warmed up, an allocation-free function stays far below 1; the
 * smallest object costs 12 or more. A collection during one of the five rounds cannot hide it.
 */
export function heapBytesPerCall(run: () => void): number {
  const round = () => {
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < iterations; i++) run();
    return (process.memoryUsage().heapUsed - before) / iterations;
  };
  round();
  const growth = Array.from({ length: 5 }, round).sort((a, b) => a - b);
  return growth[2]!;
}
