import assert from 'node:assert/strict';
import { withoutErrno } from '../../../src/platform/errno-text.ts';

describe('words without errno', () => {
  const rows: [text: string, words: string][] = [
    [
      'port 443: ECONNREFUSED from connect; nothing listens',
      'port 443: connection refused; nothing listens',
    ],
    ['enf0: EBUSY from ioctl(TUNSETIFF)', 'enf0: resource busy or locked'],
    ['k.pem: no such file or directory (ENOENT); look', 'k.pem: no such file or directory; look'],
    ['it failed (EPERM from setsockopt(SO_MARK))', 'it failed'],
    ['ETIMEDOUT', 'connection timed out'],
    // Names of our own and of others mean something to the person who looks them up.
    [
      'the ENF, an ECDSA key, EKU and (CERT_HAS_EXPIRED)',
      'the ENF, an ECDSA key, EKU and (CERT_HAS_EXPIRED)',
    ],
    ['TLS failed (ETLS)', 'TLS failed (ETLS)'],
    ['', ''],
  ];
  for (const [text, words] of rows) {
    it(`reads "${text}"`, () => assert.equal(withoutErrno(text), words));
  }
});
