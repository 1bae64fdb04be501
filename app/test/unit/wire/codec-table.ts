/** Table tests for control-plane codecs: each good row is checked both ways, each bad row names where it breaks. */
import assert from 'node:assert/strict';
import { ParseError } from '../../../src/core/errors.ts';
import { bytes, hex } from './hex.ts';

export interface GoodRow<T> {
  name: string;
  wire: string;
  value: T;
}

export interface BadRow {
  name: string;
  wire: string;
  what: string;
  offset: number;
}

export function itConverts<T>(
  decode: (wire: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
  rows: readonly GoodRow<T>[],
): void {
  for (const row of rows) {
    it(`converts ${row.name} both ways`, () => {
      assert.deepEqual(decode(bytes(row.wire)), row.value);
      assert.equal(hex(encode(row.value)), hex(bytes(row.wire)));
    });
  }
}

export function itRefuses(decode: (wire: Uint8Array) => unknown, rows: readonly BadRow[]): void {
  for (const row of rows) {
    it(`refuses ${row.name}`, () => {
      const error = parseErrorOf(() => decode(bytes(row.wire)));
      assert.deepEqual(
        { what: error?.what, offset: error?.offset },
        { what: row.what, offset: row.offset },
        error?.message ?? 'was accepted',
      );
    });
  }
}

/**
 * The ParseError that `run` throws; `undefined` when it throws nothing. Anything else that it throws passes through.
 */
export function parseErrorOf(run: () => unknown): ParseError | undefined {
  try {
    run();
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
  return undefined;
}
