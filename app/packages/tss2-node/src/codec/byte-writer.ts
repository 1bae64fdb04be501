/** Writes the big-endian integers and sized buffers of TPM 2.0 structures (Library part 2). */
import { TpmFormatError } from '../errors.ts';

/** Larger than any command or response: TPM_PT_MAX_COMMAND_SIZE is 4096 on the TPMs of today. */
export const maxMessageBytes = 16 * 1024;

const maxUint8 = 0xff;
const maxUint16 = 0xffff;
const maxUint32 = 0xffffffff;

export class ByteWriter {
  readonly #bytes = new Uint8Array(maxMessageBytes);
  readonly #view = new DataView(this.#bytes.buffer);
  #length = 0;

  writeUint8(value: number): this {
    this.#view.setUint8(this.#reserve(1), checked(value, maxUint8, this.#length));
    return this;
  }

  writeUint16(value: number): this {
    this.#view.setUint16(this.#reserve(2), checked(value, maxUint16, this.#length));
    return this;
  }

  writeUint32(value: number): this {
    this.#view.setUint32(this.#reserve(4), checked(value, maxUint32, this.#length));
    return this;
  }

  writeBytes(bytes: Uint8Array): this {
    this.#bytes.set(bytes, this.#reserve(bytes.length));
    return this;
  }

  /** A TPM2B: a 16-bit length and that many bytes. */
  writeSized(bytes: Uint8Array): this {
    return this.writeUint16(bytes.length).writeBytes(bytes);
  }

  /** A TPM2B around a structure. */
  writeSizedStructure(encode: (writer: ByteWriter) => void): this {
    const start = this.#reserve(2);
    encode(this);
    this.#view.setUint16(start, checked(this.#length - start - 2, maxUint16, start));
    return this;
  }

  /** What was written, as a copy. The writer's own memory is cleared: it may have held a secret. */
  finish(): Uint8Array {
    const result = this.#bytes.slice(0, this.#length);
    this.clear();
    return result;
  }

  /** Forgets what was written, and overwrites it. */
  clear(): void {
    this.#bytes.fill(0, 0, this.#length);
    this.#length = 0;
  }

  #reserve(length: number): number {
    const start = this.#length;
    if (start + length > maxMessageBytes) {
      throw new TpmFormatError(`a command is longer than ${maxMessageBytes} bytes`, start);
    }
    this.#length += length;
    return start;
  }
}

function checked(value: number, most: number, offset: number): number {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new TpmFormatError(`${value} is not an integer from 0 to ${most}`, offset);
  }
  return value;
}

/** The bytes that `encode` writes. Nothing of them is left here, whether it succeeds or throws. */
export function encodeBytes(encode: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  try {
    encode(writer);
    return writer.finish();
  } finally {
    writer.clear();
  }
}
