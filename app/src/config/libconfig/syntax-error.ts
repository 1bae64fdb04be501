/** The one form of a message about the syntax of a configuration file. */
import { ConfigError } from '../../core/errors.ts';
import type { Place } from './values.ts';

export function syntaxError(
  place: Place,
  problem: string,
  expected?: string,
  found?: string,
): ConfigError {
  return new ConfigError(problem, {
    file: place.file,
    line: place.line,
    ...(expected !== undefined && { expected }),
    ...(found !== undefined && { found }),
  });
}
