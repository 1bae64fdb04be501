/**
 * Which requests the page answers. Anything that is not a plain look at the page is refused with words that say why;
 * a name in the Host header above all: a web site whose name is made to lead here (DNS rebinding) must read nothing.
 */

export interface PageRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  /** The Host header. */
  readonly host: string | undefined;
  /** Sec-Fetch-Site and Sec-Fetch-Mode, which browsers send and pages cannot forge. */
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
}

export type PageRoute =
  | { readonly kind: 'page' | 'json' }
  | {
      readonly kind: 'refused';
      readonly status: 400 | 403 | 404 | 405 | 421;
      readonly words: string;
    };

export function routeRequest(request: PageRequest): PageRoute {
  const { method, target, host, fetchSite, fetchMode } = request;
  if (host === undefined) return refused(400, 'The request names no host.');
  if (!isOurLiteral(host)) {
    return refused(421, 'This page is known by its address only, not by a name.');
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return refused(405, 'This page can only be read.');
  }
  // Following a link from elsewhere is fine: what it shows stays here.
  const isFromElsewhere = fetchSite === 'cross-site' || fetchSite === 'same-site';
  if (isFromElsewhere && fetchMode !== 'navigate') {
    return refused(403, 'Other web sites cannot use this page.');
  }
  if (target === '/') return { kind: 'page' };
  if (target === '/status.json') return { kind: 'json' };
  return refused(404, 'There is nothing here. Try / or /status.json.');
}

/**
 * One of the page's two addresses in brackets, with or without the port. Programs write the zone of the link-local one
 * as it is, encoded, or not at all.
 */
function isOurLiteral(host: string): boolean {
  return /^\[(?:fe80::1(?:%[\w.%-]{1,32})?|fde7:c3f9:6d0e::1)\](?::80)?$/i.test(host);
}

function refused(status: 400 | 403 | 404 | 405 | 421, words: string): PageRoute {
  return { kind: 'refused', status, words };
}
