/** Values for property tests. */
import fc from 'fast-check';
import { algorithms, type AsymmetricScheme, type PublicArea } from '../../src/index.ts';

/** Runs of a test that feeds damaged bytes to a decoder. */
export const fuzzRuns = Number(process.env.TPM_FUZZ_RUNS ?? 300);

/** Objects as literals are. */
export const record = <T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record<T>(fields, { noNullPrototype: true });

export const sized = fc.uint8Array({ maxLength: 80 });
export const uint16 = fc.integer({ min: 0, max: 0xffff });
export const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const symmetric = fc.option(
  record({ algorithm: fc.constant(algorithms.AES), keyBits: uint16, mode: uint16 }),
);
const scheme: fc.Arbitrary<AsymmetricScheme | null> = fc.oneof(
  fc.constant(null),
  fc.constant({ algorithm: algorithms.RSAES }),
  record({ algorithm: fc.constantFrom(algorithms.ECDSA, algorithms.RSASSA), hash: uint16 }),
  record({ algorithm: fc.constant(algorithms.ECDAA), hash: uint16, count: uint16 }),
);
export const areaFields = { nameAlgorithm: uint16, attributes: uint32, authPolicy: sized };
export const publicArea: fc.Arbitrary<PublicArea> = fc.oneof(
  record({
    type: fc.constant('ecc' as const),
    ...areaFields,
    symmetric,
    scheme,
    curve: uint16,
    kdf: scheme,
    point: record({ x: sized, y: sized }),
  }),
  record({
    type: fc.constant('rsa' as const),
    ...areaFields,
    symmetric,
    scheme,
    keyBits: uint16,
    exponent: uint32,
    modulus: sized,
  }),
  record({
    type: fc.constant('other' as const),
    algorithm: fc.constantFrom(algorithms.KEYEDHASH, algorithms.SYMCIPHER),
    ...areaFields,
    rest: sized,
  }),
);
