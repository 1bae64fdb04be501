/** A TPM simulator in the namespace of the card, prepared as a factory prepares a card. */
import { mkdirSync } from 'node:fs';
import { labFolder, logFile, program } from './paths.ts';
import type { Namespace } from './namespace.ts';
import type { Program } from './process.ts';

export const tpmPort = 2321;
export const tcti = `swtpm:host=127.0.0.1,port=${tpmPort}`;
/** What the configuration of a service has in `identity`. */
export const tpmSettings = `tcti = "socket"; socket_host = "127.0.0.1"; socket_port = "${tpmPort}";`;

export async function startTpm(card: Namespace): Promise<Program> {
  const state = `${labFolder}/tpm`;
  mkdirSync(state, { recursive: true });
  const at = (port: number): string => `type=tcp,port=${port},bindaddr=127.0.0.1`;
  const argv = [
    ...['swtpm', 'socket', '--tpm2', '--tpmstate', `dir=${state}`],
    ...['--server', at(tpmPort), '--ctrl', at(tpmPort + 1)],
    ...['--flags', 'not-need-init,startup-clear'],
  ];
  const swtpm = card.start('swtpm', argv, { log: logFile('swtpm') });
  await swtpm.until('the TPM listens', 30, async () => {
    const { stdout } = await card.run(['ss', '-Hltn', 'sport', '=', `:${tpmPort}`]);
    return stdout.trim() !== '';
  });
  return swtpm;
}

/** Makes the card a member of the group in this folder, with these roots for its tunnel. */
export async function prepareCard(
  card: Namespace,
  group: string,
  roots: string,
  ...options: readonly string[]
): Promise<void> {
  const member = ['member', '--group', group, '--roots', roots, '--tcti', tcti, ...options];
  await card.run([...program('enf-pki'), ...member]);
}
