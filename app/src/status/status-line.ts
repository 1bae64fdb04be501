/** The state as one line, for `systemctl status`, with the code of the log line that says the same. */
import { firstPhrases } from '../core/bounded-text.ts';
import type { Config } from '../config/config.ts';
import type { MessageCode } from '../platform/message-codes.ts';
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
        return coded('link-problem', `tunnel up, but the interface is not ready: ${linkProblem}`);
      return coded(
        'tunnel-up',
        `tunnel up: ${address} through ${session?.server} port ${session?.port} (${session?.transport})`,
      );
    case 'no-identity':
      return coded('no-identity', `no usable identity: ${problem}`);
    case 'not-ready':
      return coded('not-ready', `not ready: ${problem}`);
    case 'waiting':
      return lastDisconnect === undefined
        ? 'tunnel down'
        : coded(`tunnel-down.${lastDisconnect.cause.kind}`, `tunnel down: ${lastDisconnect.words}`);
    case 'starting':
    case 'connecting':
      return `connecting to ${hostWords(remote.hosts)}`;
    case 'stopped':
      return 'stopped';
  }
}

type StateCode = MessageCode | 'no-identity' | 'tunnel-down.stopped';

function coded(code: StateCode, text: string): string {
  return `${text} [${code}]`;
}
