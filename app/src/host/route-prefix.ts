/** A destination that the tunnel carries: RFC 4291 section 2.3 notation, or the word `default`. */
export interface RoutePrefix {
  /** 16 bytes; the bits beyond `length` are zero. */
  readonly address: Uint8Array;
  /** 0 (the default route) to 128. */
  readonly length: number;
}
