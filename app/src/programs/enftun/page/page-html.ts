/**
 * The page for the person at the host: what is, since when, why, and what to do; then the details. It works without
 * scripts and without anything from elsewhere, and looks again by itself.
 */
import { byteWords, countWords } from '../../../status/format-duration.ts';
import {
  dropsByRouter,
  dropsFromEnf,
  dropsFromHost,
  type Drop,
} from '../../../status/format-drops.ts';
import { details, facts, sinceWords, type Detail } from '../../../status/print-status.ts';
import { describeState, type StateWords } from '../../../status/format-state.ts';
import type { StatusDocument, TrafficStatus } from '../../../status/status-document.ts';
import { pageScript, refreshSeconds } from './page-script.ts';
import { pageStyle } from './page-style.ts';

/** What a page has beside its state. */
interface Content {
  readonly since: string;
  readonly facts: readonly Detail[];
  readonly traffic: TrafficStatus | null;
  readonly details: readonly Detail[];
}

const noContent: Content = { since: '', facts: [], traffic: null, details: [] };

/** The page when the service has sent its status. */
export function statusPage(status: StatusDocument): string {
  return livePage(describeState(status), {
    since: sinceWords(status),
    facts: facts(status),
    traffic: status.traffic,
    details: details(status),
  });
}

/** The page when the service does not answer. */
export function noServicePage(): string {
  const state: StateWords = {
    tone: 'bad',
    headline: 'The tunnel service does not answer',
    explanation: 'The card is running, but its tunnel service is not. It restarts by itself.',
    nextStep: 'Wait a minute. If this page stays, unplug the card and plug it in again.',
  };
  return livePage(state, noContent);
}

/** The page for a request that is not answered. */
export function refusalPage(words: string): string {
  const nextStep = 'Type http://[fde7:c3f9:6d0e::1]/ into the address bar of the browser.';
  const state: StateWords = { tone: 'bad', headline: 'Refused', explanation: words, nextStep };
  return document(state, '', stateSection(state, ''));
}

/** A page that looks again. Every part is there, also where it is empty: the script fills it. */
function livePage(state: StateWords, content: Content): string {
  const head = `<noscript><meta http-equiv="refresh" content="${refreshSeconds}"></noscript>\n`;
  return document(
    state,
    head,
    [
      '<p id="away" class="away" role="status" hidden>The card does not answer. What follows may be out of date.</p>',
      stateSection(state, content.since),
      section('facts', 'Connection', listOf(content.facts)),
      section('traffic', 'Traffic', flow(content.traffic)),
      `<details><summary>Details</summary><div id="more">${more(content)}</div></details>`,
      `<footer>Updates every ${refreshSeconds} s. For programs: <a href="/status.json">status.json</a></footer>`,
      `<script>${pageScript}</script>`,
    ].join('\n'),
  );
}

function stateSection(
  { tone, headline, explanation, nextStep }: StateWords,
  since: string,
): string {
  const why = [
    explanation === '' ? '' : `<p class="why">${escape(explanation)}</p>`,
    nextStep === '' ? '' : `<p class="next"><b>What to do</b>${escape(nextStep)}</p>`,
  ].join('');
  return [
    `<section id="state" class="state ${tone}">`,
    `<h1 id="headline" aria-live="polite">${escape(headline)}</h1>`,
    `<p id="since" class="since">${escape(since)}</p>`,
    `<div id="why" aria-live="polite">${why}</div></section>`,
  ].join('');
}

/** Packets and bytes of one box are of the same frames. */
function flow(traffic: TrafficStatus | null): string {
  if (traffic === null) return '';
  const box = (label: string, { packets, bytes }: TrafficStatus['fromHost']): string =>
    `<p>${label}<strong>${byteWords(bytes)}</strong>${countWords(packets)} packets</p>`;
  const boxes = [
    box('From this computer', traffic.fromHost),
    box('To this computer', traffic.toHost),
  ];
  return `<div class="flow">${boxes.join('')}</div>`;
}

function more({ details: lines, traffic }: Content): string {
  const tables =
    traffic === null
      ? []
      : [
          dropTable('Dropped, from this computer', dropsFromHost(traffic)),
          dropTable('Dropped, from the ENF', dropsFromEnf(traffic)),
          dropTable('Dropped, from this computer to the card itself', dropsByRouter(traffic)),
        ];
  return listOf(lines) + tables.join('');
}

function dropTable(caption: string, drops: readonly Drop[]): string {
  if (drops.length === 0) return '';
  const rows = drops
    .map(({ count, reason }) => `<tr><td>${countWords(count)}</td><td>${escape(reason)}</td></tr>`)
    .join('');
  return `<table><caption>${escape(caption)}</caption>${rows}</table>`;
}

function listOf(lines: readonly Detail[]): string {
  if (lines.length === 0) return '';
  const entries = lines.map(([label, text]) => `<dt>${escape(label)}</dt><dd>${escape(text)}</dd>`);
  return `<dl>${entries.join('')}</dl>`;
}

function section(id: string, heading: string, content: string): string {
  const isHidden = content === '' ? ' hidden' : '';
  return `<section id="${id}"${isHidden}><h2>${escape(heading)}</h2>${content}</section>`;
}

function document({ headline }: StateWords, head: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
${head}<title>${escape(headline)} · ENF router card</title>
<link rel="icon" href="data:,">
<style>${pageStyle}</style>
</head>
<body>
<main>
<p class="name">ENF router card</p>
${main}
</main>
</body>
</html>
`;
}

/** Texts come from certificates, servers and files: none of them may become markup. */
function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
