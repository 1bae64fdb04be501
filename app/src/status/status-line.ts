/** The state as one line, for `systemctl status`, with the code of the log line that says the same. */
import { clip, firstPhrases } from '../core/bounded-text.ts';
import type { Config } from '../config/config.ts';
import { stepWords } from './format-provisioning.ts';
import { longestStatus } from '../platform/systemd-notify.ts';
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
  const { phase, session, address, problem, problemCode, lastDisconnect } = state;
  switch (phase) {
    case 'up':
      if (linkProblem !== undefined)
        return coded('link-problem', `tunnel up, but the interface is not ready: ${linkProblem}`);
      return coded(
        'tunnel-up',
        `tunnel up: ${address} through ${session?.server} port ${session?.port} (${session?.transport})`,
      );
    case 'no-identity':
      if (state.provisioning?.step !== undefined)
        return coded('provisioning', `getting an identity: ${stepWords[state.provisioning.step]}`);
      return coded(problemCode, `no usable identity: ${problem}`);
    case 'not-ready':
      return coded(problemCode, `not ready: ${problem}`);
    case 'waiting':
      return lastDisconnect === undefined
        ? 'tunnel down'
        : coded(`tunnel-down.${lastDisconnect.cause.kind}`, `tunnel down: ${lastDisconnect.words}`);
    case 'starting':
    case 'connecting':
      return `connecting to ${hostWords(remote.hosts.map(({ text }) => text))}`;
    case 'stopped':
      return 'stopped';
  }
}

/** Room for what `clip` appends to words that it has cut. */
const clipNote = 40;

/** The words give way to the code, which people look up. */
function coded(code: string | undefined, text: string): string {
  const end = ` [${code}]`;
  return `${clip(text, longestStatus - end.length - clipNote)}${end}`;
}
