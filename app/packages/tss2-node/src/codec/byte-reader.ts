/**
 * Reads the big-endian integers and sized buffers of TPM 2.0 structures (Library part 2). Every read is checked against
 * the end, so that a short or lying response is a TpmFormatError with its offset, never a RangeError.
 */
import { TpmFormatError } from '../errors.ts';

export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
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
    return this.#bytes.slice(start, start + length);
  }

  /** A TPM2B: a 16-bit length and that many bytes. */
  readSized(): Uint8Array {
    return this.readBytes(this.readUint16());
  }

  /** A TPM2B around a structure, which must fill it. */
  readSizedStructure<T>(what: string, decode: (reader: ByteReader) => T): T {
    const start = this.#offset;
    const inner = new ByteReader(this.readSized());
    const value = decode(inner);
    if (inner.remaining > 0) {
      throw new TpmFormatError(`${what} has ${inner.remaining} bytes too many`, start);
    }
    return value;
  }

  /** A 32-bit count and that many elements of at least `elementBytes` each. */
  readList<T>(elementBytes: number, decode: (reader: ByteReader) => T): T[] {
    const start = this.#offset;
    const count = this.readUint32();
    if (count * elementBytes > this.remaining) {
      throw new TpmFormatError(`a list claims ${count} elements, more than fit`, start);
    }
    return Array.from({ length: count }, () => decode(this));
  }

  expectEnd(what: string): void {
    if (this.remaining > 0) {
      throw new TpmFormatError(`${what} has ${this.remaining} bytes too many`, this.#offset);
    }
  }

  #take(length: number): number {
    if (length > this.remaining) {
      const missing = length - this.remaining;
      throw new TpmFormatError(`the bytes end ${missing} too early`, this.#offset);
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}
