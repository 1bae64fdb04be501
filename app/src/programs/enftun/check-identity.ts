/** What is wrong with the identity that a configuration names: files, pair, name and dates, one line each. */
import { EnvironmentError } from '../../core/errors.ts';
import { loadIdentity, type TpmAccess } from '../../identity/files.ts';
import { tpmSettings } from '../../identity/tpm/tpm-settings.ts';
import type { Config } from '../../config/config.ts';
import { expiryWarning, rootWarnings } from '../../identity/expiry-warning.ts';

/** Empty when all is well. */
export async function checkIdentity(config: Config, now: Date): Promise<string[]> {
  const { certFile, keyFile } = config.identity;
  const { caCertFile } = config.remote;
  const files = { caCertFile, certFile, keyFile };
  const problems: string[] = [];
  const tpm: TpmAccess = { settings: () => tpmSettings(config.identity.tpm) };
  try {
    const warn = (message: string): void => void problems.push(message);
    const identity = await loadIdentity(files, { warn, tpm });
    problems.push(...rootWarnings(caCertFile, identity.roots, now));
    const ending = expiryWarning(certFile ?? '', identity.notAfter, now);
    if (ending !== undefined) problems.push(ending);
    const begins: [what: string, notBefore: Date][] = [
      ...identity.roots.map(({ notBefore }): [string, Date] => [
        `${caCertFile}: a root`,
        notBefore,
      ]),
      [`${certFile}: the`, identity.notBefore],
    ];
    for (const [what, notBefore] of begins) {
      if (notBefore <= now) continue;
      const date = notBefore.toISOString().slice(0, 10);
      problems.push(`${what} certificate begins on ${date}; is this machine's clock right?`);
    }
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    problems.push(error.message);
  } finally {
    tpm.keys?.close();
  }
  return problems;
}
