/**
 * The page for the person at the host: what is, since when, why, and what to do; then the details. It works without
 * scripts and without anything from elsewhere, and looks again by itself.
 */
import { byteWords, countWords, durationWords } from '../status/duration-words.ts';
import { dropsByRouter, dropsFromEnf, dropsFromHost, type Drop } from '../status/drop-words.ts';
import { details } from '../status/print-status.ts';
import { describeState, type StateWords } from '../status/state-words.ts';
import type { StatusDocument, TrafficStatus } from '../status/status-document.ts';
import { pageStyle } from './page-style.ts';

export const refreshSeconds = 5;

/** The page when the service has told its status. */
export function statusPage(status: StatusDocument): string {
  const state = describeState(status);
  const since = `for ${durationWords(status.stateSeconds)}`;
  return document(state, [
    stateSection(state, since),
    section(
      'Connection',
      `<dl>${details(status)
        .map(([label, text]) => `<dt>${escape(label)}</dt><dd>${escape(text)}</dd>`)
        .join('')}</dl>`,
    ),
    ...(status.traffic === null ? [] : [trafficSection(status.traffic)]),
  ]);
}

/** The page when nobody could be asked. */
export function noServicePage(): string {
  const state: StateWords = {
    tone: 'bad',
    headline: 'The tunnel service does not answer',
    explanation:
      'The card is running, and its tunnel service is not. It is started again by itself.',
    nextStep: 'Wait a minute. If this page stays, unplug the card and plug it in again.',
  };
  return document(state, [stateSection(state, undefined)]);
}

/** The page for a request that is not answered. */
export function refusalPage(words: string): string {
  const nextStep = 'Type http://[fde7:c3f9:6d0e::1]/ into the address bar of the browser.';
  const state: StateWords = { tone: 'bad', headline: 'Refused', explanation: words, nextStep };
  return document(state, [stateSection(state, undefined)], false);
}

function stateSection(
  { tone, headline, explanation, nextStep }: StateWords,
  since?: string,
): string {
  return [
    `<section class="state ${tone}" role="status"><h1>${escape(headline)}</h1>`,
    since === undefined ? '' : `<p class="since">${escape(since)}</p>`,
    explanation === '' ? '' : `<p class="why">${escape(explanation)}</p>`,
    nextStep === '' ? '' : `<p class="next"><b>What to do</b>${escape(nextStep)}</p>`,
    '</section>',
  ].join('');
}

function trafficSection(traffic: TrafficStatus): string {
  const { egress, ingress, fromHost, toHost } = traffic;
  const flow = [
    `<div class="flow"><p>To the ENF<strong>${countWords(egress.passed)} packets</strong>`,
    `${byteWords(fromHost.bytes)} from this computer</p>`,
    `<p>From the ENF<strong>${countWords(ingress.passed)} packets</strong>`,
    `${byteWords(toHost.bytes)} to this computer</p></div>`,
  ].join('');
  const tables = [
    dropTable('From this computer', dropsFromHost(traffic)),
    dropTable('From the ENF', dropsFromEnf(traffic)),
    dropTable('To the card itself, not answered', dropsByRouter(traffic)),
  ].join('');
  return section('Traffic', flow) + (tables === '' ? '' : section('Dropped packets', tables));
}

function dropTable(caption: string, drops: readonly Drop[]): string {
  if (drops.length === 0) return '';
  const rows = drops
    .map(({ count, reason }) => `<tr><td>${countWords(count)}</td><td>${escape(reason)}</td></tr>`)
    .join('');
  return `<table><caption>${escape(caption)}</caption>${rows}</table>`;
}

function section(heading: string, content: string): string {
  return `<section><h2>${escape(heading)}</h2>${content}</section>`;
}

function document({ headline }: StateWords, sections: readonly string[], again = true): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${again ? `<meta http-equiv="refresh" content="${refreshSeconds}">\n` : ''}<title>${escape(headline)} · ENF router card</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body>
<main>
<p class="name">ENF router card</p>
${sections.join('\n')}
<footer>${again ? `Looks again every ${refreshSeconds} s. ` : ''}The same for programs: <a href="/status.json">status.json</a></footer>
</main>
</body>
</html>
`;
}

/** Texts come from certificates, servers and files: none of them may become markup. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
