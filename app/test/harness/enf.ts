/** The ENF of the lab: enf-server on the underlay, its TUN with a machine behind it. */
import type { Credentials } from './credentials.ts';
import type { Namespace } from './namespace.ts';
import { logFile, program } from './paths.ts';
import type { Program } from './process.ts';
import { tunName, tunnelPort } from './topology.ts';

export interface EnfOptions {
  /** Values of enf-server's --misbehave. */
  readonly misbehave?: readonly string[];
}

/** Starts enf-server and waits until it listens over both address families. */
export async function startEnf(
  enf: Namespace,
  credentials: Credentials,
  options: EnfOptions = {},
): Promise<Program> {
  const router = enf.start(
    'enf-server',
    [
      ...program('enf-server'),
      ...['--listen', `[::]:${tunnelPort}`, '--tun', tunName],
      ...['--cert', credentials.serverCert, '--key', credentials.serverKey],
      ...['--client-ca', credentials.caCert],
      ...(options.misbehave ?? []).flatMap((kind) => ['--misbehave', kind]),
    ],
    { log: logFile('enf-server') },
  );
  await router.until('enf-server listens', 60, () => isListening(enf, tunnelPort));
  return router;
}

export async function isListening(namespace: Namespace, port: number): Promise<boolean> {
  const { stdout } = await namespace.run(['ss', '-Hltn', 'sport', '=', `:${port}`]);
  return stdout.trim() !== '';
}
