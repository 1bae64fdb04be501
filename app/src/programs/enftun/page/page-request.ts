/**
 * Which requests the page answers. Anything that is not a plain look at the page is refused with words that say why.
 *
 * A name in the Host header above all: a web site whose name is made to lead here (DNS rebinding) must read nothing.
 * Then whatever shows that another site had the browser ask. Browsers send Sec-Fetch-Site only to addresses that they
 * trust, which an http address is not; Origin and Referer they send to any. A request with none of the three may still
 * come from another site, which then cannot read the answer: docs/decisions/host-page.md.
 */

/** Lines of the same name are kept apart: a browser sends each of these once or not at all. */
export interface PageRequest {
  readonly method: string;
  /** As it stands in the request line. */
  readonly target: string;
  readonly hosts: readonly string[];
  readonly origins: readonly string[];
  readonly referers: readonly string[];
  /** Sec-Fetch-Site. */
  readonly fetchSites: readonly string[];
}

export type PageRoute =
  | { readonly kind: 'page' | 'json' }
  | {
      readonly kind: 'refused';
      readonly status: 400 | 403 | 404 | 405 | 421;
      readonly words: string;
    };

export function routeRequest(request: PageRequest): PageRoute {
  const { method, target, hosts } = request;
  const [host] = hosts;
  // RFC 9112 section 3.2.
  if (host === undefined) return refused(400, 'The request names no host.');
  if (hosts.length > 1) return refused(400, 'The request names more than one host.');
  const { authority, path } = parseTarget(target, host);
  if (!isOurLiteral(authority)) {
    return refused(421, 'This page is available at its address only, not by a name.');
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return refused(405, 'This page can only be read.');
  }
  if (isFromAnotherSite(request)) {
    return refused(403, 'Other web sites cannot use this page.');
  }
  if (path === '/') return { kind: 'page' };
  if (path === '/status.json') return { kind: 'json' };
  return refused(404, 'There is nothing here. Try / or /status.json.');
}

/** RFC 9112 section 3.2.2: a target in absolute form counts in place of the Host header. */
function parseTarget(target: string, host: string): { authority: string; path: string } {
  const url = parseUrl(target);
  return url === undefined ? { authority: host, path: target } : url;
}

function isFromAnotherSite({ origins, referers, fetchSites }: PageRequest): boolean {
  return (
    origins.some((origin) => !isOurs(origin)) ||
    referers.some((referer) => !isOurs(referer)) ||
    fetchSites.some((site) => site !== 'none' && site !== 'same-origin')
  );
}

function isOurs(url: string): boolean {
  return isOurLiteral(parseUrl(url)?.authority ?? '');
}

/** Undefined for anything but an http URL. */
function parseUrl(text: string): { authority: string; path: string } | undefined {
  const [, authority, path] = /^http:\/\/([^/?#]*)(.*)$/i.exec(text) ?? [];
  if (authority === undefined || path === undefined) return undefined;
  return { authority, path: path === '' ? '/' : path };
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
