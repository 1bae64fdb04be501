import assert from 'node:assert/strict';
import { addProxySchemes } from '../../../../src/programs/keygen/proxy-scheme.ts';

describe('proxy-scheme', () => {
  it('makes a proxy without a scheme an HTTP proxy, and leaves all else', () => {
    const environment = {
      https_proxy: 'proxy:3128',
      HTTPS_PROXY: 'https://secure:3129',
      all_proxy: ' 192.0.2.1:3128 ',
      no_proxy: 'localhost',
      ALL_PROXY: '',
    };
    addProxySchemes(environment);
    assert.deepEqual(environment, {
      https_proxy: 'http://proxy:3128',
      HTTPS_PROXY: 'https://secure:3129',
      all_proxy: 'http://192.0.2.1:3128',
      no_proxy: 'localhost',
      ALL_PROXY: '',
    });
  });
});
