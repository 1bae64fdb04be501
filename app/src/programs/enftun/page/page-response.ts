/** From a request and the status to the whole answer: status code, headers, body. Pure. */
import { createHash } from 'node:crypto';
import type { StatusDocument } from '../../../status/status-document.ts';
import { statusSchema } from '../../../status/status-document.ts';
import { noServicePage, refusalPage, statusPage } from './page-html.ts';
import { routeRequest, type PageRequest } from './page-request.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';

export interface PageResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Also for HEAD: the caller leaves it out. */
  readonly body: string;
}

const styleHash = createHash('sha256').update(pageStyle).digest('base64');

const scriptHash = createHash('sha256').update(pageScript).digest('base64');

/** Only the page's own script runs, and may only fetch the page; framing and caching are forbidden. */
const commonHeaders = {
  'Content-Security-Policy': [
    "default-src 'none'",
    `style-src 'sha256-${styleHash}'`,
    `script-src 'sha256-${scriptHash}'`,
    "connect-src 'self'",
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
  Connection: 'close',
} as const;

/** `readStatus` is asked for pages that show it; undefined: the service does not answer. */
export async function respond(
  request: PageRequest,
  readStatus: () => Promise<StatusDocument | undefined>,
): Promise<PageResponse> {
  const route = routeRequest(request);
  if (route.kind === 'refused') {
    const more: Record<string, string> = route.status === 405 ? { Allow: 'GET, HEAD' } : {};
    return html(route.status, refusalPage(route.words), more);
  }
  const status = await readStatus();
  if (route.kind === 'json') {
    if (status !== undefined) return json(200, status);
    return json(503, { schema: statusSchema, state: 'not-running' });
  }
  return status === undefined ? html(503, noServicePage()) : html(200, statusPage(status));
}

function html(status: number, body: string, more: Record<string, string> = {}): PageResponse {
  return answer(status, 'text/html; charset=utf-8', body, more);
}

function json(status: number, value: object): PageResponse {
  return answer(status, 'application/json', `${JSON.stringify(value, undefined, 2)}\n`, {});
}

function answer(
  status: number,
  type: string,
  body: string,
  more: Record<string, string>,
): PageResponse {
  const headers = { ...commonHeaders, 'Content-Type': type, ...more };
  return { status, headers, body };
}
