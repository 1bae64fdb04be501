/** Why there is no tunnel, for the person at the host, who has no access to the card: what it means, and what to do. */
import type { DisconnectStatus } from './status-document.ts';

export interface CauseWords {
  readonly explanation: string;
  readonly nextStep: string;
}

/** `what`: the message to pass on to the operator; `when`: a clause that names the case in which to ask them. */
export function askForHelp(what: string, when?: string): string {
  const ask = when === undefined ? 'Contact' : `${when}, contact`;
  return `${ask} the provider of the card and report: "${what}"`;
}

const checkNetwork = 'If this repeats, check the network that the card uses.';

export const causeWords: Readonly<Record<DisconnectStatus['cause'], CauseWords>> = {
  unreachable: {
    explanation:
      'The card cannot reach the ENF. The network that it uses may be down, or may block it.',
    nextStep: `Check that network. ${askForHelp('The card cannot reach a server.', 'If it works for other devices')}`,
  },
  'server-untrusted': {
    explanation: 'Something answered in place of the ENF, and could not prove who it is.',
    nextStep: `If the network asks for a sign-in, sign in first. ${askForHelp("The server's certificate is not accepted.", 'Otherwise')}`,
  },
  'handshake-failed': {
    explanation: 'The card and the server could not agree on a secure connection.',
    nextStep: askForHelp('TLS with the server fails.'),
  },
  refused: {
    explanation: 'The ENF does not accept this card.',
    nextStep: askForHelp("The ENF refuses the card's certificate."),
  },
  closed: {
    explanation: 'The ENF closed the connection.',
    nextStep: askForHelp('The server closes the connection.', 'If this repeats'),
  },
  'connection-lost': { explanation: 'The connection to the ENF broke.', nextStep: checkNetwork },
  'heartbeat-timeout': { explanation: 'The ENF stopped answering.', nextStep: checkNetwork },
  silent: {
    explanation: 'The ENF accepted the connection and then sent nothing.',
    nextStep: askForHelp('The server accepts the connection and sends nothing.', 'If this repeats'),
  },
  'bad-frame': {
    explanation: 'The server does not follow the protocol of the ENF.',
    nextStep: askForHelp('The server sends frames that are too long.'),
  },
  'route-changed': { explanation: 'The network that the card uses has changed.', nextStep: '' },
  moved: { explanation: 'The card is changing to a better network.', nextStep: '' },
  reloaded: { explanation: 'The settings of the card have changed.', nextStep: '' },
  stopped: { explanation: '', nextStep: '' },
};

/** The ENF seems not to accept the certificate any more. */
export const notAccepted: CauseWords = {
  explanation: 'The ENF no longer seems to accept this card.',
  nextStep: askForHelp("The ENF no longer accepts the card's certificate."),
};
