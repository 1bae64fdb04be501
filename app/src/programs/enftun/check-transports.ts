/** Which of the transports that a configuration asks for cannot be used on this machine now, one line each. */
import type { Config } from '../../config/config.ts';
import { systemClock } from '../../platform/deadline-timer.ts';
import { buildTransports } from '../../daemon/session/transports.ts';

/** Empty when all is well, or none is set by the operator. */
export function checkTransports(config: Config): string[] {
  if (config.remote.transports === undefined) return [];
  return buildTransports(config, systemClock, Math.random).flatMap((transport) => {
    const problem = transport.unavailable();
    return problem === undefined
      ? []
      : [`${config.file}: remote.transports: ${transport.name}: ${problem}`];
  });
}
