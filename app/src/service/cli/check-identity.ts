/** What is wrong with the identity that a configuration names: files, pair, name and dates, one line each. */
import { EnvironmentError } from '../../core/errors.ts';
import { loadIdentity } from '../../identity/files.ts';
import type { Config } from '../config/config.ts';
import { expiryWarning } from '../expiry-warning.ts';

/** Empty when all is well. */
export async function checkIdentity(config: Config, now: Date): Promise<string[]> {
  const { certFile, keyFile } = config.identity;
  const files = { caCertFile: config.remote.caCertFile, certFile, keyFile };
  const problems: string[] = [];
  try {
    const identity = await loadIdentity(files, { warn: (message) => problems.push(message) });
    const ending = expiryWarning(certFile ?? '', identity.notAfter, now);
    if (ending !== undefined) problems.push(ending);
    if (identity.notBefore > now) {
      const date = identity.notBefore.toISOString().slice(0, 10);
      problems.push(
        `${certFile}: the certificate begins on ${date}; is this machine's clock right?`,
      );
    }
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    problems.push(error.message);
  }
  return problems;
}
