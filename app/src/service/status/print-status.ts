/** The status for a terminal: what is and what to do first, then the details, one per line. */
import { byteWords, countWords, durationWords } from './duration-words.ts';
import { dropsByRouter, dropsFromEnf, dropsFromHost, type Drop } from './drop-words.ts';
import type { CertificateStatus, StatusDocument } from './status-document.ts';
import { describeState } from './state-words.ts';

const labelWidth = 14;

export function printStatus(status: StatusDocument): string {
  const { headline, explanation, nextStep } = describeState(status);
  return [
    `${status.name}: ${headline}, for ${durationWords(status.stateSeconds)}\n`,
    ...[explanation, nextStep].filter((text) => text !== '').map((text) => `  ${text}\n`),
    ...details(status).map(([label, text]) => `  ${label.padEnd(labelWidth)}${text}\n`),
    ...trafficLines(status),
  ].join('');
}

export type Detail = readonly [label: string, text: string];

/** What a person may want to know beyond the first sentence; the page shows the same. */
export function details(status: StatusDocument): Detail[] {
  const { session, certificate, lastDisconnect, link } = status;
  const lines: (Detail | undefined)[] = [
    ['Address', status.address ?? 'none'],
    ['Interface', `${link.interface}, ${link.hasCarrier ? 'connected' : 'not connected'}`],
    session === null
      ? ['Server', `${status.remote.hosts.join(', ')}, port ${status.remote.port}`]
      : ['Server', `${session.server}, port ${session.port}, by ${session.transport}`],
    session === null ? undefined : ['Encryption', session.cipher],
    session === null ? undefined : ['Last heard', heard(session.lastHeardSeconds)],
    certificate === null ? undefined : ['Certificate', certificateWords(certificate)],
    ['Tunnels', `${status.sessions} since the start, ${durationWords(status.uptimeSeconds)} ago`],
    lastDisconnect === null
      ? undefined
      : [
          'Last failure',
          `${durationWords(lastDisconnect.secondsAgo)} ago: ${lastDisconnect.words} (${lastDisconnect.cause})`,
        ],
    ...status.attempts
      .filter(({ problem }) => problem !== null)
      .map((tried): Detail => ['Tried', `${attemptName(tried)}: ${tried.problem}`]),
    ['Version', `enftun ${status.versions.enftun}, Node.js ${status.versions.node}`],
  ];
  return lines.filter((line) => line !== undefined);
}

function trafficLines({ traffic }: StatusDocument): string[] {
  if (traffic === null) return [];
  const { fromHost, toHost, egress, ingress } = traffic;
  return [
    `  ${'To the ENF'.padEnd(labelWidth)}${countWords(egress.passed)} packets\n`,
    `  ${'From the ENF'.padEnd(labelWidth)}${countWords(ingress.passed)} packets\n`,
    `  ${'Interface'.padEnd(labelWidth)}${byteWords(fromHost.bytes)} in, ${byteWords(toHost.bytes)} out\n`,
    ...dropLines('from the host, not sent on', dropsFromHost(traffic)),
    ...dropLines('from the ENF, not sent on', dropsFromEnf(traffic)),
    ...dropLines('from the host to its router, not answered', dropsByRouter(traffic)),
  ];
}

function dropLines(heading: string, drops: readonly Drop[]): string[] {
  if (drops.length === 0) return [];
  const lines = drops.map(
    ({ count, reason }) => `    ${countWords(count).padStart(9)}  ${reason}\n`,
  );
  return [`  Dropped ${heading}:\n`, ...lines];
}

function heard(seconds: number | null): string {
  return seconds === null ? 'nothing yet' : `${durationWords(seconds)} ago`;
}

/** Made to last for ever: nobody counts those days. */
const endlessDays = 100 * 365;

function certificateWords({ ends, daysLeft }: CertificateStatus): string {
  if (daysLeft > endlessDays) return 'without an end';
  const date = ends.slice(0, 10);
  return daysLeft < 0 ? `ended on ${date}` : `until ${date}, ${countWords(daysLeft)} days left`;
}

function attemptName({ transport, host, address }: StatusDocument['attempts'][number]): string {
  const at = address === null || address === host ? host : `${host} (${address})`;
  return `${at} by ${transport}`;
}
