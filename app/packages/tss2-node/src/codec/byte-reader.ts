/**
 * Reads the big-endian integers and sized buffers of TPM 2.0 structures (Library part 2). Every read is checked against
 * the end, so that a short or lying response is a TpmFormatError with its offset, never a RangeError.
 */
import { TpmFormatError } from '../errors.ts';

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #origin: number;
  #offset = 0;

  /** `origin` is the offset of the first byte in what is read as a whole, for the offsets in errors. */
  constructor(bytes: Uint8Array, origin = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#origin = origin;
  }

  get offset(): number {
    return this.#origin + this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  /** The next byte, which stays; undefined at the end. */
  peekUint8(): number | undefined {
    return this.#bytes[this.#offset];
  }

  readUint8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  readUint16(): number {
    return this.#view.getUint16(this.#take(2));
  }

  readUint32(): number {
    return this.#view.getUint32(this.#take(4));
  }

  /** A copy: what is returned stays valid when the response is overwritten. */
  readBytes(length: number): Uint8Array {
    const start = this.#take(length);
    // The method slice of a Buffer would return a view.
    return new Uint8Array(this.#bytes.subarray(start, start + length));
  }

  readRest(): Uint8Array {
    return this.readBytes(this.remaining);
  }

  /** A reader of the next bytes, which ends where they end. */
  readInner(length: number): ByteReader {
    const origin = this.offset;
    return new ByteReader(this.readBytes(length), origin);
  }

  /** A TPM2B: a 16-bit length and that many bytes. */
  readSized(): Uint8Array {
    return this.readBytes(this.readUint16());
  }

  /** A TPM2B around a structure, which must fill it. */
  readSizedStructure<T>(what: string, decode: (reader: ByteReader) => T): T {
    const inner = this.readInner(this.readUint16());
    const value = decode(inner);
    inner.expectEnd(what);
    return value;
  }

  /** A 32-bit count and that many elements of at least `elementBytes` each. */
  readList<T>(elementBytes: number, decode: (reader: ByteReader) => T): T[] {
    const start = this.offset;
    const count = this.readUint32();
    if (count * elementBytes > this.remaining) {
      throw new TpmFormatError(`a list claims ${count} elements, more than fit`, start);
    }
    return Array.from({ length: count }, () => decode(this));
  }

  expectEnd(what: string): void {
    if (this.remaining > 0) {
      throw new TpmFormatError(`${what} has ${this.remaining} bytes too many`, this.offset);
    }
  }

  #take(length: number): number {
    if (length > this.remaining) {
      const missing = length - this.remaining;
      throw new TpmFormatError(`the bytes end ${missing} too early`, this.offset);
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}
