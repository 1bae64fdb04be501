/** The tunnel service's program: ties the command line to the process. See `enftun --help`. */
import { systemClock } from '../platform/deadline-timer.ts';
import { startProgram } from '../platform/program.ts';
import { main } from '../programs/enftun/main.ts';

/** Of a link to this program: the tool that `enftun keygen` replaces. */
const keygenName = 'enftun-keygen';

// What one command needs is loaded by that command: scripts ask for single values (-p) a dozen times in a row.
startProgram('enftun', (context) =>
  main({
    ...context,
    argv: context.calledAs === keygenName ? ['keygen', ...context.argv] : context.argv,
    date: () => new Date(),
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
    keygen: async (argv) => {
      let end: (status: number) => void = (status) => process.exit(status);
      context.serve((status) => end(status));
      const [
        { runKeygen },
        { runProgramHere },
        { addProxySchemes },
        { getProxyForUrl },
        { endProcess },
      ] = await Promise.all([
        import('../programs/keygen/program.ts'),
        import('../programs/keygen/service-user.ts'),
        import('../programs/keygen/proxy-scheme.ts'),
        import('proxy-from-env'),
        import('tuntap2'),
      ]);
      // A name lookup that still waits must not hold up the end.
      end = endProcess;
      addProxySchemes(process.env);
      return runKeygen({
        ...context,
        argv,
        stdin: process.stdin,
        uid: process.getuid?.() ?? 0,
        run: runProgramHere,
        clock: systemClock,
        date: () => new Date(),
        proxyFor: getProxyForUrl,
      });
    },
    page: async (options) => {
      context.serve();
      return (await import('../programs/enftun/page/page-program.ts')).runPage(options);
    },
    run: async (options) => {
      // When the configuration has been read and not earlier: until then, perhaps from a pipe, signals end the process.
      let end: (status: number) => void = (status) => process.exit(status);
      context.serve((status) => end(status));
      // From now on: until the service listens, a reload has nothing to change.
      let onReload = (): void => undefined;
      process.on('SIGHUP', () => onReload());
      const [{ runService }, { endProcess }] = await Promise.all([
        import('../daemon/service.ts'),
        import('tuntap2'),
      ]);
      // A name lookup that still waits must not hold up the end.
      end = endProcess;
      return runService({ ...options, onReload: (listener) => (onReload = listener) });
    },
  }),
);
