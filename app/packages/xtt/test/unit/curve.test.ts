import assert from 'node:assert/strict';
import fc from 'fast-check';
import { fieldPrime, g1, g2, groupOrder, isPairingProductOne } from '../../src/fp256bn.ts';
import { pairing, targetField } from '../../src/fp256bn.ts';
import { hashToCurve } from '../../src/hash-to-curve.ts';
import { g1Bytes, g2Bytes, parseG1, parseG2, parseScalar, randomScalar } from '../../src/points.ts';
import { concat, fromInteger, toInteger } from '../../src/bytes.ts';
import { common, handshakes, hex } from '../vectors.ts';
import { hasCode } from '../has-code.ts';

const u = -0x6882f5c030b0a801n;
const scalar = fc.bigInt({ min: 1n, max: groupOrder - 1n });

describe('FP256BN', () => {
  it('has the polynomials of a Barreto-Naehrig curve as its primes', () => {
    const common = 36n * u ** 4n + 36n * u ** 3n + 6n * u + 1n;
    assert.equal(fieldPrime, common + 24n * u ** 2n);
    assert.equal(groupOrder, common + 18n * u ** 2n);
  });

  it('has generators of order n', () => {
    g1.BASE.assertValidity();
    g2.BASE.assertValidity();
    assert.ok(g1.BASE.multiplyUnsafe(groupOrder - 1n).equals(g1.BASE.negate()));
    assert.ok(g2.BASE.isTorsionFree());
  });

  it('pairs into the group of order n', () => {
    const value = pairing(g1.BASE, g2.BASE);
    assert.ok(!targetField.eql(value, targetField.ONE));
    assert.ok(targetField.eql(targetField.pow(value, groupOrder), targetField.ONE));
  });

  it('raises to exactly (p¹² - 1) / n at the end of a pairing', () => {
    const value = targetField.fromBigTwelve(
      Array.from({ length: 12 }, (_, at) => BigInt(at + 2)) as Parameters<
        typeof targetField.fromBigTwelve
      >[0],
    );
    const exponent = (fieldPrime ** 12n - 1n) / groupOrder;
    const plain = targetField.pow(value, exponent);
    assert.ok(targetField.eql(targetField.finalExponentiate(value), plain));
  });

  it('pairs bilinearly', () => {
    const base = pairing(g1.BASE, g2.BASE);
    fc.assert(
      fc.property(scalar, scalar, (a, b) => {
        const value = pairing(g1.BASE.multiply(a), g2.BASE.multiply(b));
        return targetField.eql(value, targetField.pow(base, (a * b) % groupOrder));
      }),
      { numRuns: 3 },
    );
  });

  it('judges products of pairings', () => {
    const a = g1.BASE.multiply(7n);
    const b = g2.BASE.multiply(7n);
    assert.ok(
      isPairingProductOne([
        [a, g2.BASE],
        [g1.BASE.negate(), b],
      ]),
    );
    assert.ok(
      !isPairingProductOne([
        [a, g2.BASE],
        [g1.BASE, b],
      ]),
    );
    assert.ok(isPairingProductOne([[g1.ZERO, g2.BASE]]));
  });
});

describe('points and scalars', () => {
  it('are read as they are written', () => {
    fc.assert(
      fc.property(scalar, (value) => {
        assert.equal(toInteger(fromInteger(value)), value);
        const point = g1.BASE.multiply(value);
        assert.ok(parseG1('P', g1Bytes(point)).equals(point));
      }),
      { numRuns: 10 },
    );
    const point = g2.BASE.multiply(5n);
    assert.ok(parseG2('Q', g2Bytes(point)).equals(point));
  });

  const good = common.group_public_key.subarray(0, 129);
  const changed = (bytes: Uint8Array, at: number, value: number): Uint8Array => {
    const copy = bytes.slice();
    copy[at] = value;
    return copy;
  };
  const pointBytes = (...coordinates: bigint[]): Uint8Array =>
    concat(Uint8Array.of(4), ...coordinates.map(fromInteger));
  const outside = handshakes[0]!.daa_internals.J.slice();
  outside.fill(0xff, 1, 33);
  const rows: [string, () => unknown][] = [
    ['a G1 point that is too short', () => parseG1('P', new Uint8Array(64).fill(4))],
    ['a G1 point that is too long', () => parseG1('P', new Uint8Array(66).fill(4))],
    ['a compressed point', () => parseG1('P', changed(handshakes[0]!.daa_internals.J, 0, 2))],
    [
      'a G1 point beside the curve',
      () => parseG1('P', changed(handshakes[0]!.daa_internals.J, 64, 0)),
    ],
    ['a coordinate above the prime', () => parseG1('P', outside)],
    ['a G1 point with y = 0', () => parseG1('P', pointBytes(1n, 0n))],
    ['a G1 point with x = 0', () => parseG1('P', pointBytes(0n, 1n))],
    ['a G1 point with y = p', () => parseG1('P', pointBytes(1n, fieldPrime))],
    ['a G2 point with y = 0', () => parseG2('Q', pointBytes(1n, 0n, 0n, 0n))],
    ['a G2 point with x = 0', () => parseG2('Q', pointBytes(0n, 0n, 1n, 0n))],
    ['a G2 point with y = p', () => parseG2('Q', pointBytes(1n, 0n, fieldPrime, 0n))],
    ['infinity as zeros', () => parseG1('P', changed(new Uint8Array(65), 0, 4))],
    ['infinity of G2 as zeros', () => parseG2('Q', changed(new Uint8Array(129), 0, 4))],
    ['a G2 point beside the curve', () => parseG2('Q', changed(good, 128, good[128]! ^ 1))],
    ['a point of the twist outside G2', () => parseG2('Q', g2Bytes(pointOutsideG2()))],
    ['the scalar 0', () => parseScalar('s', new Uint8Array(32))],
    ['the scalar n', () => parseScalar('s', fromInteger(groupOrder))],
    ['a scalar of 31 bytes', () => parseScalar('s', new Uint8Array(31).fill(1))],
  ];
  for (const [name, parse] of rows) {
    it(`refuse ${name}`, () => {
      assert.throws(parse, hasCode('malformed'));
    });
  }

  it('name the coordinate that exceeds the field, and where it stands', () => {
    const late = pointBytes(1n, fieldPrime);
    assert.throws(() => parseG1('P', late), { offset: 33, message: /exceeds the field/ });
  });

  it('draws a random scalar again that is not below n, and gives up on a broken source', () => {
    const draws = [fromInteger(groupOrder), new Uint8Array(32), fromInteger(5n)];
    assert.equal(
      randomScalar(() => draws.shift()!),
      5n,
    );
    assert.throws(() => randomScalar(() => new Uint8Array(32)), hasCode('malformed'));
  });
});

describe('hash to curve', () => {
  for (const { basename, i, point } of common.hash_to_curve) {
    it(`finds the point of ${basename}`, () => {
      const result = hashToCurve(new TextEncoder().encode(basename));
      assert.equal(hex(g1Bytes(result.point)), hex(point));
      assert.equal(result.preimage[0], i);
      assert.equal(new TextDecoder().decode(result.preimage.subarray(4)), basename);
    });
  }

  for (const length of [0, 65]) {
    it(`refuses a basename of ${length} bytes`, () => {
      assert.throws(() => hashToCurve(new Uint8Array(length)), hasCode('usage'));
    });
  }
});

/** Nearly every point of the twist is outside of G2: takes the first small x that has a y. */
function pointOutsideG2(): InstanceType<typeof g2> {
  const { Fp } = g2;
  for (let x = 1n; ; x++) {
    const at = Fp.fromBytes(new Uint8Array(64));
    const value = { ...at, c0: x };
    try {
      const y = Fp.sqrt(Fp.add(Fp.mul(Fp.sqr(value), value), { c0: 3n, c1: 3n }));
      const point = g2.fromAffine({ x: value, y });
      if (!point.isTorsionFree()) return point;
    } catch {
      continue;
    }
  }
}
