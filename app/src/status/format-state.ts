/**
 * The state in words, for a terminal and for the page: what is, why, and what to do. On an Ethernet link the reader is
 * the person at the host, who gets plain words; the operator's are among the details. A TUN has its operator as reader.
 */
import { askForHelp, causeWords, notAccepted, type CauseWords } from './format-cause.ts';
import { withoutErrno } from '../platform/errno-text.ts';
import { describeProvisioning } from './format-provisioning.ts';
import type { StatusDocument } from './status-document.ts';
import { hostWords } from './status-line.ts';
import { isIdentityLost, storageWords } from './format-storage.ts';

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
  | 'needsProvisioning'
  | 'provisioning'
  | 'remote'
  | 'certificate'
  | 'attempts'
  | 'link'
  | 'storage'
>;

/** A certificate that ends within this is worth a word. */
export const certificateNoticeDays = 30;

export function describeState(status: Described): StateWords {
  const state = describeTunnel(status);
  const storage = storageWords(status.storage);
  if (storage === undefined) return state;
  const { explanation, nextStep } = storage;
  if (isIdentityLost(status)) return { ...state, explanation, nextStep };
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
      return { tone: 'busy', headline: 'Starting', explanation: '', nextStep: '' };
    case 'connecting':
      return { tone: 'busy', headline: 'Connecting to the ENF', ...describeConnecting(status) };
    case 'waiting':
      return { tone: 'bad', headline: 'Not connected to the ENF', ...describeFailure(status) };
    case 'no-identity':
      if (status.provisioning !== null) return describeFirstIdentity(status);
      return { tone: 'bad', headline: 'No usable identity', ...describeNoIdentity(status) };
    case 'not-ready':
      return { tone: 'bad', headline: 'Not ready', ...describeNotReady(status) };
    case 'stopped':
      return {
        tone: 'bad',
        headline: 'Stopped',
        explanation: 'The tunnel service has been stopped.',
        nextStep: '',
      };
  }
}

function describeUp(status: Described): StateWords {
  const { session, link } = status;
  if (typeof link.problem === 'string') {
    const headline = 'Connected to the ENF, but the interface is not ready';
    return { tone: 'bad', headline, explanation: sentence(link.problem), nextStep: '' };
  }
  if (session !== null && session.lastHeardSeconds === null) {
    return {
      tone: 'busy',
      headline: 'Connected, waiting for the ENF',
      explanation: 'The server has not sent anything yet: it may still refuse this card.',
      nextStep: '',
    };
  }
  const ending = describeEnding(status);
  const explanation = [ending.explanation, describeDetour(status)].filter(Boolean).join(' ');
  return { tone: 'good', headline: 'Connected to the ENF', explanation, nextStep: ending.nextStep };
}

/** A certificate that has ended or will soon. */
function describeEnding({ certificate, link }: Described): CauseWords {
  if (certificate === null || certificate.daysLeft >= certificateNoticeDays) {
    return { explanation: '', nextStep: '' };
  }
  const verb = certificate.daysLeft < 0 ? 'expired' : 'ends';
  const ends = `certificate ${verb} on ${certificate.ends.slice(0, 10)}.`;
  return {
    explanation: `The ${ends}`,
    nextStep:
      link.type === 'tun'
        ? 'Have a new certificate issued and put it in the place of the old one.'
        : askForHelp(`It needs a new certificate. The ${ends}`),
  };
}

const ways: Readonly<Record<string, string>> = {
  tcp: 'its own network',
  psock: 'the sockets of its USB host',
  hss: 'the sockets of its USB host',
};

/** Which transport carries the tunnel, when it is not the one that comes first. */
function describeDetour({ session, attempts }: Described): string {
  const failed = attempts.find(
    ({ transport, problem }) => problem !== null && transport !== session?.transport,
  );
  if (session === null || failed === undefined) return '';
  const name = (transport: string): string => `${ways[transport] ?? 'another way'} (${transport})`;
  return `The tunnel goes over ${name(session.transport)}, because ${name(failed.transport)} did not work.`;
}

function describeConnecting(status: Described): CauseWords {
  if (status.lastDisconnect !== null) return describeFailure(status);
  return { explanation: `Trying ${hostWords(status.remote.hosts)}.`, nextStep: '' };
}

function describeFailure(status: Described): CauseWords {
  const { lastDisconnect, needsProvisioning, link } = status;
  if (status.provisioning !== null) return describeProvisioning(status);
  if (link.type === 'tun') {
    return {
      explanation: sentence(lastDisconnect?.words),
      nextStep: needsProvisioning
        ? 'The ENF seems not to accept this certificate any more: ask its operator, or provision the device again.'
        : sentence(lastDisconnect?.nextStep),
    };
  }
  if (needsProvisioning) return notAccepted;
  return lastDisconnect === null
    ? { explanation: '', nextStep: '' }
    : causeWords[lastDisconnect.cause];
}

function describeNoIdentity({ problem, link }: Described): CauseWords {
  if (link.type === 'tun') return { explanation: sentence(problem), nextStep: '' };
  return {
    explanation: 'Without an identity the card cannot join the ENF.',
    nextStep: askForHelp('It has no usable identity. The reason is under Details.'),
  };
}

function describeFirstIdentity(status: Described): StateWords {
  const isWorking = status.provisioning?.problem === null;
  const headline = 'Getting an identity';
  return { tone: isWorking ? 'busy' : 'bad', headline, ...describeProvisioning(status) };
}

function describeNotReady({ problem, link }: Described): CauseWords {
  if (link.type === 'tun') return { explanation: sentence(problem), nextStep: '' };
  return {
    explanation: 'Something on the card keeps the tunnel from starting.',
    nextStep: `Unplug the card and plug it in again. ${askForHelp('It is not ready. The reason is under Details.', 'If this stays')}`,
  };
}

/** A phrase of the log as a sentence of a text. */
export function sentence(phrase: string | null | undefined): string {
  if (phrase === null || phrase === undefined || phrase === '') return '';
  const text = withoutErrno(phrase);
  // File names and addresses keep their first letter.
  const isWord = /^[a-z]+[ ,']/.test(text);
  const start = isWord ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return /[.?!]$/.test(start) ? start : `${start}.`;
}
