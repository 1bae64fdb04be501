/** The status for a terminal: what is and what to do first, then the details, one per line. */
import { byteWords, countWords, durationWords } from './format-duration.ts';
import { dropsByRouter, dropsFromEnf, dropsFromHost, type Drop } from './format-drops.ts';
import type { CertificateStatus, StatusDocument } from './status-document.ts';
import { withoutErrno } from '../platform/errno-text.ts';
import { hostWords } from './status-line.ts';
import { stepWords } from './format-provisioning.ts';
import { describeState } from './format-state.ts';
import { isIdentityLost, storageWords } from './format-storage.ts';

const labelWidth = 14;

export function printStatus(status: StatusDocument): string {
  const { headline, explanation, nextStep } = describeState(status);
  return [
    `${status.name}: ${headline}, ${sinceWords(status)}\n`,
    ...[explanation, nextStep].filter((text) => text !== '').map((text) => `  ${text}\n`),
    ...[...facts(status), ...trafficFacts(status), ...details(status)].map(line),
    ...dropLines(status),
  ].join('');
}

export type Detail = readonly [label: string, text: string];

/** How long it has been so, and what comes next. */
export function sinceWords({ stateSeconds, retryInSeconds }: StatusDocument): string {
  const since = `for ${durationWords(stateSeconds)}`;
  return retryInSeconds === null ? since : `${since}; next attempt in ${retryInSeconds} s`;
}

/** The lines about the connection. */
export function facts(status: StatusDocument): Detail[] {
  const { session, certificate, link } = status;
  const lines: (Detail | undefined)[] = [
    ['Address', status.address ?? 'none'],
    ['Interface', `${link.interface}, ${link.hasCarrier ? 'connected' : 'not connected'}`],
    session === null
      ? ['Server', `${hostWords(status.remote.hosts)}, port ${status.remote.port}`]
      : ['Server', `${session.server}, port ${session.port}, over ${session.transport}`],
    session === null ? undefined : ['Encryption', session.cipher],
    session === null ? undefined : ['Last received', heard(session.lastHeardSeconds)],
    certificate === null ? undefined : ['Certificate', certificateWords(certificate)],
  ];
  return lines.filter((line) => line !== undefined);
}

/** Further details for an operator, in the words of the log. */
export function details(status: StatusDocument): Detail[] {
  const { lastDisconnect, problem, traffic } = status;
  const storage = storageWords(status.storage);
  const failed = status.attempts.filter((attempt) => attempt.problem !== null);
  const lines: (Detail | undefined)[] = [
    storage === undefined ? undefined : ['Storage', storage.problem],
    problem === null || isIdentityLost(status) ? undefined : ['Reason', withoutErrno(problem)],
    provisioningRow(status),
    lastDisconnect === null ? undefined : ['Last failure', failureWords(lastDisconnect, failed)],
    lastDisconnect === null || lastDisconnect.nextStep === null
      ? undefined
      : ['Advice', lastDisconnect.nextStep],
    ...failed.map((tried): Detail => ['Tried', attemptWords(tried)]),
    status.attemptsLeftOut > 0
      ? ['Tried', `${countWords(status.attemptsLeftOut)} more failed`]
      : undefined,
    traffic === null
      ? undefined
      : [
          'Tunnel',
          `${countWords(traffic.egress.passed)} packets to the ENF, ${countWords(traffic.ingress.passed)} from it`,
        ],
    [
      'Sessions',
      `${countWords(status.sessions)} in ${durationWords(status.uptimeSeconds)} since the start`,
    ],
    ['Version', `enftun ${status.versions.enftun}, Node.js ${status.versions.node}`],
  ];
  return lines.filter((line) => line !== undefined);
}

function trafficFacts({ traffic }: StatusDocument): Detail[] {
  if (traffic === null) return [];
  const { fromHost, toHost } = traffic;
  return [
    ['From host', `${countWords(fromHost.packets)} packets, ${byteWords(fromHost.bytes)}`],
    ['To host', `${countWords(toHost.packets)} packets, ${byteWords(toHost.bytes)}`],
  ];
}

function line([label, text]: Detail): string {
  return `  ${label.padEnd(labelWidth)}${text}\n`;
}

function dropLines({ traffic }: StatusDocument): string[] {
  if (traffic === null) return [];
  return [
    ...dropTable('from the host', dropsFromHost(traffic)),
    ...dropTable('from the ENF', dropsFromEnf(traffic)),
    ...dropTable('from the host to its router', dropsByRouter(traffic)),
  ];
}

function dropTable(heading: string, drops: readonly Drop[]): string[] {
  if (drops.length === 0) return [];
  const lines = drops.map(
    ({ count, reason }) => `    ${countWords(count).padStart(9)}  ${reason}\n`,
  );
  return [`  Dropped ${heading}:\n`, ...lines];
}

function heard(seconds: number | null): string {
  return seconds === null ? 'nothing yet' : `${durationWords(seconds)} ago`;
}

/** A certificate that is valid for longer is meant to last; its days are not counted. */
const endlessDays = 100 * 365;

function certificateWords({ ends, daysLeft }: CertificateStatus): string {
  if (daysLeft > endlessDays) return 'without expiry';
  const date = ends.slice(0, 10);
  return daysLeft < 0 ? `expired on ${date}` : `until ${date}, ${countWords(daysLeft)} days left`;
}

type Attempt = StatusDocument['attempts'][number];
type Failure = NonNullable<StatusDocument['lastDisconnect']>;

/** The attempts that follow have the same words: they are not repeated. */
function failureWords({ secondsAgo, words, cause }: Failure, failed: readonly Attempt[]): string {
  const ago = `${durationWords(secondsAgo)} ago`;
  const isRepeated = failed.some(({ problem }) => problem !== null && words.includes(problem));
  return isRepeated ? `${ago} (${cause})` : `${ago}: ${withoutErrno(words)} (${cause})`;
}

function attemptWords({ transport, host, address, problem }: Attempt): string {
  const at = address === null || address === host ? host : `${host} (${address})`;
  return `${at} over ${transport}: ${withoutErrno(problem ?? '')}`;
}

/** With a refused identity, the reason for the state is another one. */
function provisioningRow({ provisioning, problem }: StatusDocument): Detail | undefined {
  if (provisioning === null || provisioning.problem === problem) return undefined;
  const doing = provisioning.step === null ? 'waiting' : stepWords[provisioning.step];
  const last =
    provisioning.problem === null ? '' : `; the last try: ${withoutErrno(provisioning.problem)}`;
  return ['New identity', `${doing}${last}`];
}
