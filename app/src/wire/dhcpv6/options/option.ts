/**
 * What each file with a DHCPv6 option exports: one codec object. The list of them, and the union of their options, is
 * `registry.ts`; an option that holds options is generic over what it holds, so that it needs neither.
 */

/**
 * Codec for one kind of option. `Option` is what it converts, `Nested` what options may hold. Both functions are
 * methods on purpose: TypeScript compares their parameters both ways, so that a codec of one kind fits into a table of
 * all kinds, where it is found by the kind of the option that it is given.
 */
export interface Dhcpv6OptionCodec<Option extends { readonly kind: string }, Nested = unknown> {
  /** The option-code field. */
  readonly code: number;
  readonly kind: Option['kind'];
  /** Returns what stands behind code and length. */
  encode(option: Option, nested: OptionListCodec<Nested>): Uint8Array;
  /** `data` is what stands behind code and length; throws ParseError when it does not fit. */
  decode(data: Uint8Array, nested: OptionListCodec<Nested>): Option;
}

/** Codec for the options inside an option, one level down; `option-list.ts` hands it to every codec. */
export interface OptionListCodec<Option> {
  encode(options: readonly Option[]): Uint8Array;
  decode(bytes: Uint8Array): Option[];
}

/** A code without a codec here. */
export interface UnknownDhcpv6Option {
  readonly kind: 'unknown';
  readonly code: number;
  readonly data: Uint8Array;
}
