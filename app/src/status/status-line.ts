/** The state as one line, for `systemctl status`. */
import { firstPhrases } from '../core/bounded-text.ts';
import type { Config } from '../config/config.ts';
import type { TunnelState } from '../tunnel/tunnel-state.ts';

/** On one line. */
const mostHosts = 4;

/** The hosts of the configuration, the first few by name. */
export function hostWords(hosts: readonly string[]): string {
  return firstPhrases(hosts, mostHosts, ', ');
}

export function statusLine(
  state: TunnelState,
  { remote }: Config,
  linkProblem: string | undefined,
): string {
  const { phase, session, address, problem, lastDisconnect } = state;
  switch (phase) {
    case 'up':
      if (linkProblem !== undefined)
        return `tunnel up, but the interface is not ready: ${linkProblem}`;
      return `tunnel up: ${address} through ${session?.server} port ${session?.port} (${session?.transport})`;
    case 'no-identity':
      return `no usable identity: ${problem}`;
    case 'not-ready':
      return `not ready: ${problem}`;
    case 'waiting':
      return `tunnel down: ${lastDisconnect?.words}`;
    case 'starting':
    case 'connecting':
      return `connecting to ${hostWords(remote.hosts)}`;
    case 'stopped':
      return 'stopped';
  }
}
