/**
 * What each file with a neighbour discovery option exports: one codec object for each kind. The list of them, and the
 * union of their options, is `registry.ts`.
 */

/**
 * Codec for one kind of option. Both functions are methods on purpose: TypeScript compares their parameters both ways,
 * so that a codec of one kind fits into a table of all kinds, where it is found by the kind of the option that it is
 * given.
 */
export interface NdOptionCodec<Option extends { readonly kind: string }> {
  /** The type field. */
  readonly type: number;
  readonly kind: Option['kind'];
  /** Returns the whole option, type and length included: a multiple of 8 bytes. */
  encode(option: Option): Uint8Array;
  /** `bytes` is one whole option: a multiple of 8, at least 8; throws ParseError when it does not fit. */
  decode(bytes: Uint8Array): Option;
}

/** A type without a codec here. */
export interface UnknownNdOption {
  readonly kind: 'unknown';
  readonly type: number;
  /** Everything behind type and length: 6, 14, 22 … bytes. */
  readonly data: Uint8Array;
}
