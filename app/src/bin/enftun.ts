/** The tunnel service's program: ties the command line to the process. See `enftun --help`. */
import { main } from '../programs/enftun/main.ts';
import { runProgram, type ProgramEnd } from '../platform/program-end.ts';
import { stderrLogger, type LineLogger } from '../platform/log.ts';

const stop = new AbortController();

runProgram('enftun', async ({ stdout, stderr }) => {
  let log: LineLogger | undefined;
  let isService = false;
  let end: ProgramEnd['end'];
  const status = await main({
    argv: process.argv.slice(2),
    environment: process.env,
    stdout,
    stderr,
    openLog: (level) => (log = stderrLogger(level)),
    date: () => new Date(),
    signal: stop.signal,
    report: async (options) =>
      (await import('../programs/enftun/report/report.ts')).runReport(options),
    wifi: async (options) => {
      const [{ runWifi }, { systemRadio }, { knownCountries }] = await Promise.all([
        import('../programs/enftun/wifi/wifi-program.ts'),
        import('../programs/enftun/wifi/system-radio.ts'),
        import('../programs/enftun/wifi/regulatory-database.ts'),
      ]);
      const countries = knownCountries();
      return runWifi({ ...options, stdin: process.stdin, radio: systemRadio, countries });
    },
    page: async (options) => {
      stopOnSignals();
      isService = true;
      return (await import('../programs/enftun/page/page-program.ts')).runPage(options);
    },
    run: async (options) => {
      stopOnSignals();
      // From now on: until the service listens, a reload has nothing to change.
      let onReload = (): void => undefined;
      process.on('SIGHUP', () => onReload());
      // Only when it runs: scripts ask for single values (-p) a dozen times in a row.
      const [{ runService }, { endProcess }] = await Promise.all([
        import('../daemon/service.ts'),
        import('tuntap2'),
      ]);
      // A name lookup that still waits must not hold up the end.
      isService = true;
      end = endProcess;
      return runService({ ...options, onReload: (listener) => (onReload = listener) });
    },
  });
  log?.flush();
  if (!isService) return { status };
  return { status, kind: stop.signal.aborted ? 'stopped' : 'service', end };
});

/**
 * Called when the configuration has been read and not earlier: until then, perhaps from a pipe, signals find the default
 * handler. Later ones change nothing: the end is on its way, and takes less than a second.
 */
function stopOnSignals(): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => stop.abort());
}
