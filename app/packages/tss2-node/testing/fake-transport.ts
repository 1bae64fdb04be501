/** A transport for tests without a TPM: each command is answered by a function, and kept. */
import { TpmClosedError, TpmFormatError } from '../src/errors.ts';
import type { Transport, TransmitOptions } from '../src/transport.ts';

export interface ReceivedCommand {
  /** TPM_CC. */
  readonly code: number;
  readonly bytes: Uint8Array;
}

export type Answer = (command: ReceivedCommand) => Uint8Array | Promise<Uint8Array>;

export class FakeTransport implements Transport {
  readonly received: ReceivedCommand[] = [];
  readonly options: TransmitOptions[] = [];
  isClosed = false;
  readonly #answer: Answer;

  constructor(answer: Answer) {
    this.#answer = answer;
  }

  async transmit(bytes: Uint8Array, options: TransmitOptions = {}): Promise<Uint8Array> {
    if (this.isClosed) throw new TpmClosedError('the connection has been closed');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (bytes.length < 10 || view.getUint32(2) !== bytes.length) {
      throw new TpmFormatError(`a command of ${bytes.length} bytes has another size in it`, 2);
    }
    const command = { code: view.getUint32(6), bytes: new Uint8Array(bytes) };
    this.received.push(command);
    this.options.push(options);
    return this.#answer(command);
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

/** A response without an authorization area. */
export function response(code: number, content: Uint8Array = new Uint8Array()): Uint8Array {
  const bytes = new Uint8Array(10 + content.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, 0x8001);
  view.setUint32(2, bytes.length);
  view.setUint32(6, code);
  bytes.set(content, 10);
  return bytes;
}

/** A response to a command with password authorizations. */
export function authorizedResponse(parameters: Uint8Array, handle?: number): Uint8Array {
  const handleBytes = handle === undefined ? 0 : 4;
  const content = new Uint8Array(handleBytes + 4 + parameters.length + 5);
  const view = new DataView(content.buffer);
  if (handle !== undefined) view.setUint32(0, handle);
  view.setUint32(handleBytes, parameters.length);
  content.set(parameters, handleBytes + 4);
  const bytes = response(0, content);
  new DataView(bytes.buffer).setUint16(0, 0x8002);
  return bytes;
}
