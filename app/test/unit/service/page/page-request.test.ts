import assert from 'node:assert/strict';
import { formatIpv6, pageAddress, routerAddress } from '../../../../src/wire/ipv6-address.ts';
import { routeRequest, type PageRequest } from '../../../../src/service/page/page-request.ts';

const plain: PageRequest = {
  method: 'GET',
  target: '/',
  host: '[fe80::1]',
  fetchSite: undefined,
  fetchMode: undefined,
};

describe('a request for the page', () => {
  for (const address of [routerAddress, pageAddress]) {
    it(`is answered at ${formatIpv6(address)}`, () => {
      assert.equal(routeRequest({ ...plain, host: `[${formatIpv6(address)}]` }).kind, 'page');
    });
  }

  const answered: [name: string, request: Partial<PageRequest>, kind: string][] = [
    ['the page', {}, 'page'],
    ['the status', { target: '/status.json' }, 'json'],
    ['HEAD', { method: 'HEAD' }, 'page'],
    ['a host with its port', { host: '[fe80::1]:80' }, 'page'],
    ['a host with a zone', { host: '[fe80::1%eth0]' }, 'page'],
    ['a host with an encoded zone', { host: '[fe80::1%25enx0250b6000001]' }, 'page'],
    ['the address for browsers', { host: '[fde7:c3f9:6d0e::1]' }, 'page'],
    ['typed into the address bar', { fetchSite: 'none', fetchMode: 'navigate' }, 'page'],
    ['a link from elsewhere', { fetchSite: 'cross-site', fetchMode: 'navigate' }, 'page'],
    ['a fetch of its own', { fetchSite: 'same-origin', fetchMode: 'cors' }, 'page'],
  ];
  for (const [name, request, kind] of answered) {
    it(`is answered: ${name}`, () => {
      assert.equal(routeRequest({ ...plain, ...request }).kind, kind);
    });
  }

  const refused: [name: string, request: Partial<PageRequest>, status: number][] = [
    ['no Host', { host: undefined }, 400],
    ['an empty Host', { host: '' }, 421],
    ['a name that leads here (DNS rebinding)', { host: 'evil.example' }, 421],
    ['localhost', { host: 'localhost' }, 421],
    ['the address without brackets', { host: 'fe80::1' }, 421],
    ['another address', { host: '[fe80::2]' }, 421],
    ['an address that begins like ours', { host: '[fe80::1:2]' }, 421],
    ['a name behind the address', { host: '[fe80::1].evil.example' }, 421],
    ['a zone at the address for browsers', { host: '[fde7:c3f9:6d0e::1%eth0]' }, 421],
    ['a name as the zone', { host: '[fe80::1%]' }, 421],
    ['another port', { host: '[fe80::1]:8080' }, 421],
    ['two hosts', { host: '[fe80::1], evil.example' }, 421],
    ['POST', { method: 'POST' }, 405],
    ['OPTIONS', { method: 'OPTIONS' }, 405],
    ['an image in another site', { fetchSite: 'cross-site', fetchMode: 'no-cors' }, 403],
    ['a fetch of a sibling', { fetchSite: 'same-site', fetchMode: 'cors' }, 403],
    ['another path', { target: '/etc/passwd' }, 404],
    ['a path out of the page', { target: '/../status.json' }, 404],
    ['a whole URL', { target: 'http://[fe80::1]/' }, 404],
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
