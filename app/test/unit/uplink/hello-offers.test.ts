import assert from 'node:assert/strict';
import {
  firstOffer,
  givenUp,
  maxHellos,
  namesOf,
  nextOffer,
  type HelloOffer,
} from '../../../src/uplink/hello-offers.ts';
import { UplinkError, type UplinkFailure } from '../../../src/uplink/uplink-error.ts';

const failure = (errno: string, kind: UplinkFailure = 'handshake-failed'): UplinkError =>
  new UplinkError(kind, 'x', { errno, syscall: 'TLS handshake' });
const alert = 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE';
const plain = { ciphers: 'ALL', groups: 'X25519' };

describe('ClientHello', () => {
  const both: HelloOffer = { isChachaOnly: true, isPostQuantum: true };
  const chacha: HelloOffer = { isChachaOnly: true, isPostQuantum: false };
  const large: HelloOffer = { isChachaOnly: false, isPostQuantum: true };
  const whole: HelloOffer = { isChachaOnly: false, isPostQuantum: false };

  it('offers ChaCha20 alone where there are no AES instructions, and only there', () => {
    const slow = firstOffer({ hasAes: false, hasPostQuantum: false });
    assert.match(namesOf(slow, plain).ciphers, /^TLS_CHACHA20_POLY1305_SHA256:/);
    assert.ok(
      namesOf(slow, plain)
        .ciphers.split(':')
        .every((name) => name.includes('CHACHA20')),
    );
    assert.deepEqual(namesOf(firstOffer({ hasAes: true, hasPostQuantum: false }), plain), plain);
  });

  it('begins with a post-quantum key share where the library has one', () => {
    const { groups } = namesOf(firstOffer({ hasAes: true, hasPostQuantum: true }), plain);
    assert.match(groups, /MLKEM/);
  });

  const steps: [offer: HelloOffer, errno: string, next: HelloOffer | undefined][] = [
    [both, alert, large],
    [chacha, alert, whole],
    [chacha, 'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE', whole],
    [chacha, 'ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY', whole],
    [large, alert, whole],
    [whole, alert, undefined],
    [both, 'ETIMEDOUT', chacha],
    [large, 'ETIMEDOUT', whole],
    [chacha, 'ETIMEDOUT', undefined],
    [both, 'ECONNRESET', chacha],
    [chacha, 'ECONNRESET', whole],
    [large, 'EPIPE', whole],
    [whole, 'ECONNRESET', undefined],
    [large, 'ERR_SSL_TLSV1_ALERT_DECODE_ERROR', whole],
    [both, 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', undefined],
    [both, 'ERR_SSL_WRONG_VERSION_NUMBER', undefined],
  ];
  for (const [offer, errno, next] of steps) {
    const name = JSON.stringify(offer);
    it(`after ${name} and ${errno}: ${JSON.stringify(next) ?? 'none'}`, () => {
      assert.deepEqual(nextOffer(offer, failure(errno)), next);
    });
  }

  it('is not changed for a server that is not trusted, nor when the attempt is called off', () => {
    assert.equal(nextOffer(both, failure('CERT_HAS_EXPIRED', 'server-untrusted')), undefined);
    assert.equal(nextOffer(both, failure('ECANCELED', 'stopped')), undefined);
  });

  it('comes to an end whatever goes wrong', () => {
    for (const errno of [alert, 'ETIMEDOUT', 'ECONNRESET']) {
      let offer: HelloOffer | undefined = both;
      let count = 0;
      for (; offer !== undefined; offer = nextOffer(offer, failure(errno))) count++;
      assert.ok(count <= maxHellos, `${count} after ${errno}`);
    }
  });

  it('says what was given up', () => {
    assert.equal(givenUp(both, both), '');
    assert.equal(givenUp(both, chacha), 'without the post-quantum key share');
    assert.equal(givenUp(chacha, whole), 'with all ciphers');
    assert.equal(givenUp(both, whole), 'without the post-quantum key share and with all ciphers');
  });
});
