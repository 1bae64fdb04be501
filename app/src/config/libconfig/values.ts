/** What a libconfig file says, with the place of every value for the messages about it. */

export interface Place {
  readonly file: string;
  /** 1-based. */
  readonly line: number;
}

export type Value = (
  | { readonly kind: 'group'; readonly settings: ReadonlyMap<string, Setting> }
  | { readonly kind: 'array'; readonly values: readonly Scalar[] }
  | { readonly kind: 'list'; readonly values: readonly Value[] }
  | ScalarContent
) & { readonly place: Place };

export type Scalar = ScalarContent & { readonly place: Place };

type ScalarContent =
  | { readonly kind: 'string'; readonly value: string }
  /** 64 bits signed or, in hexadecimal, unsigned. */
  | { readonly kind: 'integer'; readonly value: bigint }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'boolean'; readonly value: boolean };

/** One `name = value`. Groups keep their settings in the order of the file. */
export interface Setting {
  readonly name: string;
  /** Of the name. */
  readonly place: Place;
  readonly value: Value;
}
