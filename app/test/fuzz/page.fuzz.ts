/** What a browser, or anything else at the host, may ask the page: nothing but a look at it is ever answered. */
import assert from 'node:assert/strict';
import { routeRequest } from '../../src/service/page/page-request.ts';
import { fuzzTarget } from './fuzz-target.ts';

/** Lines: method, target, Host, Sec-Fetch-Site, Sec-Fetch-Mode. */
fuzzTarget('page-request', (input) => {
  const lines = Buffer.from(input).toString('latin1').split('\n');
  const [method = '', target = '', host, fetchSite, fetchMode] = lines;
  const route = routeRequest({ method, target, host, fetchSite, fetchMode });
  if (route.kind === 'refused') {
    assert.ok(route.status >= 400 && route.status < 500);
    assert.doesNotMatch(route.words, /[<>]/);
    return false;
  }
  assert.ok(method === 'GET' || method === 'HEAD');
  assert.ok(target === '/' || target === '/status.json');
  assert.match(host ?? '', /^\[[^\]]*\](:80)?$/, 'a literal address, never a name');
  assert.ok(fetchMode === 'navigate' || !['cross-site', 'same-site'].includes(fetchSite ?? ''));
  return true;
});
