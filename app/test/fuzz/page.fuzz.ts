/** What a browser, or anything else at the host, may ask the page: nothing but a look at it is ever answered. */
import assert from 'node:assert/strict';
import { routeRequest } from '../../src/programs/enftun/page/page-request.ts';
import { fuzzTarget } from './fuzz-target.ts';

/** Lines: method, target, then headers with their names. */
fuzzTarget('page-request', (input) => {
  const lines = Buffer.from(input).toString('latin1').split('\n');
  const [method = '', target = '', ...headers] = lines;
  const values = (name: string): string[] =>
    headers
      .filter((line) => line.startsWith(`${name}: `))
      .map((line) => line.slice(name.length + 2));
  const [hosts, origins, referers] = [values('Host'), values('Origin'), values('Referer')];
  const fetchSites = values('Sec-Fetch-Site');
  const route = routeRequest({ method, target, hosts, origins, referers, fetchSites });
  if (route.kind === 'refused') {
    assert.ok(route.status >= 400 && route.status < 500);
    assert.doesNotMatch(route.words, /[<>]/);
    return false;
  }
  assert.ok(method === 'GET' || method === 'HEAD');
  assert.equal(hosts.length, 1);
  const ours = 'http://\\[(fe80::1(%[^\\]]*)?|fde7:c3f9:6d0e::1)\\](:80)?';
  const url = target.startsWith('/') ? `http://${hosts[0]}${target}` : target;
  assert.match(url, new RegExp(`^${ours}(/|/status\\.json)?$`, 'i'), 'an address, never a name');
  for (const site of [...origins, ...referers]) {
    assert.match(site, new RegExp(`^${ours}([/?#].*)?$`, 'i'));
  }
  assert.ok(fetchSites.every((site) => ['none', 'same-origin'].includes(site)));
  return true;
});
