/**
 * Reads DER (X.690) just far enough to walk a certificate: tag, length and content of one element at a time, nothing
 * decoded. Definite lengths and tag numbers below 31 only, which is all that X.509 uses.
 */
import { ParseError } from '../core/errors.ts';

export interface DerElement {
  /** The identifier byte, class and constructed bit included: 0x30 is a SEQUENCE. */
  readonly tag: number;
  readonly content: Uint8Array;
  /** Of the content, from the start of the outermost input; for messages. */
  readonly offset: number;
}

export const derTag = {
  boolean: 0x01,
  integer: 0x02,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
  /** `[0]`, constructed: the version of a certificate. */
  explicit0: 0xa0,
  /** `[3]`, constructed: the extensions of a certificate. */
  explicit3: 0xa3,
} as const;

/** The elements of one constructed content, in order, read as they are asked for. */
export class DerReader {
  readonly #bytes: Uint8Array;
  readonly #base: number;
  #position = 0;

  constructor(bytes: Uint8Array, base = 0) {
    this.#bytes = bytes;
    this.#base = base;
  }

  /** Opens an element that contains others. */
  static inside(element: DerElement): DerReader {
    return new DerReader(element.content, element.offset);
  }

  get atEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  /** Tag of the next element without taking it; undefined at the end. */
  get nextTag(): number | undefined {
    return this.#bytes[this.#position];
  }

  next(): DerElement {
    const tag = this.#byte('a tag');
    if ((tag & 0x1f) === 0x1f)
      throw this.#error('tag numbers above 30 are not used in certificates');
    const length = this.#length();
    const start = this.#position;
    const end = start + length;
    if (end > this.#bytes.length) {
      throw this.#error(`${length} bytes announced, ${this.#bytes.length - start} left`);
    }
    this.#position = end;
    return { tag, content: this.#bytes.subarray(start, end), offset: this.#base + start };
  }

  /** The next element, which must have this tag. `name` is for the message. */
  expect(tag: number, name: string): DerElement {
    const found = this.nextTag;
    if (found !== tag) {
      const what = found === undefined ? 'the end' : `tag 0x${found.toString(16).padStart(2, '0')}`;
      throw this.#error(`${name} expected, ${what} found`);
    }
    return this.next();
  }

  #length(): number {
    const first = this.#byte('a length');
    if (first < 0x80) return first;
    const count = first & 0x7f;
    // Four bytes of length are 4 GiB: more is an attack or not DER.
    if (count === 0 || count > 4) throw this.#error('a length that DER does not allow here');
    let length = 0;
    for (let i = 0; i < count; i++) length = length * 256 + this.#byte('a length');
    return length;
  }

  #byte(what: string): number {
    const byte = this.#bytes[this.#position];
    if (byte === undefined) throw this.#error(`the data ends where ${what} is expected`);
    this.#position++;
    return byte;
  }

  #error(problem: string): ParseError {
    return new ParseError('DER', this.#base + this.#position, problem);
  }
}
