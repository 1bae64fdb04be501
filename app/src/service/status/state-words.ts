/** The state in words, the same for a terminal, for the page and for systemd: what is, why, and what to do. */
import type { StatusDocument } from './status-document.ts';
import { storageWords } from './storage-words.ts';

export interface StateWords {
  /** `good`: the tunnel is up; `busy`: it may come up by itself in a moment; `bad`: something is wrong. */
  readonly tone: 'good' | 'busy' | 'bad';
  readonly headline: string;
  /** Whole sentences; empty when the headline says it all. */
  readonly explanation: string;
  /** What a person can do; empty when there is nothing but to wait. */
  readonly nextStep: string;
}

type Described = Pick<
  StatusDocument,
  | 'state'
  | 'problem'
  | 'session'
  | 'lastDisconnect'
  | 'retryInSeconds'
  | 'needsProvisioning'
  | 'remote'
  | 'certificate'
  | 'attempts'
  | 'link'
  | 'storage'
>;

/** A certificate that ends within this is worth a word. */
export const certificateNoticeDays = 30;

const renew = 'Have a new certificate issued and put it in the place of the old one.';

export function describeState(status: Described): StateWords {
  const state = describeTunnel(status);
  const storage = storageWords(status.storage);
  if (storage === undefined) return state;
  const { explanation, nextStep } = storage;
  // The identity was on that partition: another one would be lost, too.
  if (status.state === 'no-identity' && status.storage?.state === 'memory') {
    return { ...state, explanation, nextStep };
  }
  return {
    ...state,
    explanation: `${state.explanation} ${explanation}`.trim(),
    nextStep: `${state.nextStep} ${nextStep}`.trim(),
  };
}

function describeTunnel(status: Described): StateWords {
  switch (status.state) {
    case 'up':
      return describeUp(status);
    case 'starting':
      return words('busy', 'Starting', '', '');
    case 'connecting':
      return describeConnecting(status);
    case 'waiting':
      return {
        ...failure(status),
        tone: 'bad',
        headline: 'Not connected to the ENF',
      };
    case 'no-identity':
      return words('bad', 'No usable identity', sentence(status.problem), provision(status));
    case 'not-ready':
      return words('bad', 'Not ready', sentence(status.problem), '');
    case 'stopped':
      return words('bad', 'Stopped', 'The tunnel service has been told to end.', '');
  }
}

function describeUp(status: Described): StateWords {
  const { session, certificate, link } = status;
  if (typeof link.problem === 'string') {
    return words(
      'bad',
      'Connected to the ENF, but the interface is not ready',
      sentence(link.problem),
      '',
    );
  }
  if (session !== null && session.lastHeardSeconds === null) {
    return words(
      'busy',
      'Connected, waiting for the ENF',
      'The server has taken the connection and has not sent anything yet: it may still refuse this card.',
      '',
    );
  }
  const detour = describeDetour(status);
  if (certificate !== null && certificate.daysLeft < certificateNoticeDays) {
    const when =
      certificate.daysLeft < 0
        ? `ended on ${certificate.ends.slice(0, 10)}`
        : `ends on ${certificate.ends.slice(0, 10)}`;
    const explanation = `The certificate ${when}. ${detour}`.trim();
    return words('good', 'Connected to the ENF', explanation, renew);
  }
  return words('good', 'Connected to the ENF', detour, '');
}

const ways: Readonly<Record<string, string>> = {
  tcp: 'its own network',
  psock: 'the sockets of its USB host',
  hss: 'the sockets of its USB host',
};

/** Which transport carries the tunnel and why, when it is not the one that comes first. */
function describeDetour({ session, attempts }: Described): string {
  const failed = attempts.find(
    ({ transport, problem }) => problem !== null && transport !== session?.transport,
  );
  if (session === null || failed === undefined) return '';
  const name = (transport: string): string => `${ways[transport] ?? 'another way'} (${transport})`;
  const why = sentence(failed.problem);
  return `The tunnel goes over ${name(session.transport)}, because ${name(failed.transport)} did not work. ${why}`;
}

function describeConnecting(status: Described): StateWords {
  const hosts = status.remote.hosts.join(', ');
  const before = status.lastDisconnect;
  if (before === null) return words('busy', 'Connecting to the ENF', `Trying ${hosts}.`, '');
  const { explanation, nextStep } = failure(status);
  return words('busy', 'Connecting to the ENF', explanation, nextStep);
}

function failure(status: Described): Pick<StateWords, 'explanation' | 'nextStep'> {
  const { lastDisconnect, retryInSeconds } = status;
  const again = retryInSeconds === null ? '' : ` Next attempt in ${retryInSeconds} s.`;
  const why = lastDisconnect === null ? '' : sentence(lastDisconnect.words);
  return {
    explanation: `${why}${again}`.trim(),
    nextStep: status.needsProvisioning ? provision(status) : sentence(lastDisconnect?.nextStep),
  };
}

function provision(status: Described): string {
  if (!status.needsProvisioning || status.state === 'no-identity') return '';
  return 'The ENF seems not to accept this certificate any more: ask its operator, or provision the device again.';
}

function words(
  tone: StateWords['tone'],
  headline: string,
  explanation: string,
  nextStep: string,
): StateWords {
  return { tone, headline, explanation, nextStep };
}

/** A phrase of the log as a sentence of a text. */
function sentence(phrase: string | null | undefined): string {
  if (phrase === null || phrase === undefined || phrase === '') return '';
  // File names and addresses keep their first letter.
  const isWord = /^[a-z]+[ ,']/.test(phrase);
  const start = isWord ? phrase.charAt(0).toUpperCase() + phrase.slice(1) : phrase;
  return /[.?!]$/.test(start) ? start : `${start}.`;
}
