import assert from 'node:assert/strict';
import { formatIpv6, pageAddress, routerAddress } from '../../../../../src/wire/ipv6-address.ts';
import {
  routeRequest,
  type PageRequest,
} from '../../../../../src/programs/enftun/page/page-request.ts';

const plain: PageRequest = {
  method: 'GET',
  target: '/',
  hosts: ['[fe80::1]'],
  origins: [],
  referers: [],
  fetchSites: [],
};

describe('a request for the page', () => {
  for (const address of [routerAddress, pageAddress]) {
    it(`is answered at ${formatIpv6(address)}`, () => {
      assert.equal(routeRequest({ ...plain, hosts: [`[${formatIpv6(address)}]`] }).kind, 'page');
    });
  }

  const answered: [name: string, request: Partial<PageRequest>, kind: string][] = [
    ['the page', {}, 'page'],
    ['the status', { target: '/status.json' }, 'json'],
    ['HEAD', { method: 'HEAD' }, 'page'],
    ['a host with its port', { hosts: ['[fe80::1]:80'] }, 'page'],
    ['a host with a zone', { hosts: ['[fe80::1%eth0]'] }, 'page'],
    ['a host with an encoded zone', { hosts: ['[fe80::1%25enx0250b6000001]'] }, 'page'],
    ['the address for browsers', { hosts: ['[fde7:c3f9:6d0e::1]'] }, 'page'],
    ['a target in absolute form', { target: 'http://[fe80::1]/status.json' }, 'json'],
    ['a target in absolute form without a path', { target: 'HTTP://[fe80::1%25eth0]:80' }, 'page'],
    [
      'a target in absolute form, whatever the Host (RFC 9112 3.2.2)',
      { target: 'http://[fde7:c3f9:6d0e::1]/', hosts: ['evil.example'] },
      'page',
    ],
    ['typed into the address bar', { fetchSites: ['none'] }, 'page'],
    [
      'from the page itself',
      {
        fetchSites: ['same-origin'],
        origins: ['http://[fde7:c3f9:6d0e::1]'],
        referers: ['http://[fde7:c3f9:6d0e::1]/status.json'],
      },
      'page',
    ],
  ];
  for (const [name, request, kind] of answered) {
    it(`is answered: ${name}`, () => {
      assert.equal(routeRequest({ ...plain, ...request }).kind, kind);
    });
  }

  const refused: [name: string, request: Partial<PageRequest>, status: number][] = [
    ['no Host', { hosts: [] }, 400],
    ['an empty Host', { hosts: [''] }, 421],
    ['a name that leads here (DNS rebinding)', { hosts: ['evil.example'] }, 421],
    ['localhost', { hosts: ['localhost'] }, 421],
    ['the address without brackets', { hosts: ['fe80::1'] }, 421],
    ['another address', { hosts: ['[fe80::2]'] }, 421],
    ['an address that begins like ours', { hosts: ['[fe80::1:2]'] }, 421],
    ['a name behind the address', { hosts: ['[fe80::1].evil.example'] }, 421],
    ['a zone at the address for browsers', { hosts: ['[fde7:c3f9:6d0e::1%eth0]'] }, 421],
    ['a name as the zone', { hosts: ['[fe80::1%]'] }, 421],
    ['another port', { hosts: ['[fe80::1]:8080'] }, 421],
    ['two hosts', { hosts: ['[fe80::1], evil.example'] }, 421],
    ['POST', { method: 'POST' }, 405],
    ['OPTIONS', { method: 'OPTIONS' }, 405],
    ['two Host lines', { hosts: ['[fe80::1]', 'evil.example'] }, 400],
    ['the same Host twice', { hosts: ['[fe80::1]', '[fe80::1]'] }, 400],
    ['a link in another site', { referers: ['http://evil.example/'] }, 403],
    [
      'a link in a site whose name is like ours',
      { referers: ['http://[fe80::1].evil.example/'] },
      403,
    ],
    [
      'our address as the user of another site',
      { referers: ['http://[fe80::1]@evil.example/'] },
      403,
    ],
    ['a link by another scheme', { referers: ['https://[fe80::1]/'] }, 403],
    [
      'a Referer of ours and another',
      { referers: ['http://[fe80::1]/', 'http://evil.example/'] },
      403,
    ],
    ['a fetch of another site', { origins: ['http://evil.example'] }, 403],
    ['a fetch of a site that hides its name', { origins: ['null'] }, 403],
    ['an empty Origin', { origins: [''] }, 403],
    ['another port of ours', { origins: ['http://[fe80::1]:8080'] }, 403],
    ...['cross-site', 'same-site', 'Cross-Site', 'none, cross-site', ''].map(
      (site): [string, Partial<PageRequest>, number] => [
        `Sec-Fetch-Site "${site}"`,
        { fetchSites: [site] },
        403,
      ],
    ),
    ['another path', { target: '/etc/passwd' }, 404],
    ['a path out of the page', { target: '/../status.json' }, 404],
    ['a URL of another host', { target: 'http://evil.example/' }, 421],
    ['a URL with a name before the address', { target: 'http://x@[fe80::1]/' }, 421],
    ['a URL of another scheme', { target: 'https://[fe80::1]/' }, 404],
    ['a URL with another path', { target: 'http://[fe80::1]/x' }, 404],
    ['a URL with a query and no path', { target: 'http://[fe80::1]?x' }, 404],
    ['an empty target', { target: '' }, 404],
    ['a query', { target: '/?x' }, 404],
  ];
  for (const [name, request, status] of refused) {
    it(`is refused with ${status}: ${name}`, () => {
      const route = routeRequest({ ...plain, ...request });
      assert.ok(route.kind === 'refused');
      assert.equal(route.status, status);
    });
  }
});
