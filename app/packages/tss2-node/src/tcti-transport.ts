/**
 * The TPM behind a TCTI of tpm2-tss, on a thread of its own. The TCTI is opened by the first command, and again after a
 * failure of the connection: a TPM that appears later, or a simulator that was restarted, needs no new transport.
 */
import { CommandQueue, type JobResult } from './command-queue.ts';
import { TpmConnectionError, TpmResponseError } from './errors.ts';
import { addon } from './native.ts';
import { decodeResponseCode } from './response-code.ts';
import { timerMs } from './time-limit.ts';
import type { Transport, TransmitOptions } from './transport.ts';

export interface TctiOptions {
  /** Commands that wait for their turn; more are refused, but for those that flush. Default 64. */
  readonly maxQueued?: number;
  /** Time limit of a command that has none of its own. Default 60 000; an RSA key may take minutes on a real TPM. */
  readonly timeoutMs?: number;
}

const defaultMaxQueued = 64;
const defaultTimeoutMs = 60_000;
const closeWaitMs = 1000;

/** Operations of native/operations.cc. */
export const operations = {
  transmit: 0,
  startSession: 1,
  endSession: 2,
  getRandom: 3,
  nvRead: 4,
  create: 5,
  sign: 6,
} as const;

export class TctiTransport implements Transport {
  readonly configuration: string;
  readonly timeoutMs: number;
  readonly #queue: CommandQueue;

  /**
   * `configuration` as tpm2-tss has it: `device:/dev/tpmrm0`, `swtpm:host=127.0.0.1,port=2321`, `mssim:…`, `tabrmd`.
   */
  constructor(configuration: string, options: TctiOptions = {}) {
    const { maxQueued = defaultMaxQueued, timeoutMs = defaultTimeoutMs } = options;
    timerMs(timeoutMs);
    const channel = addon().openChannel(configuration);
    if (typeof channel === 'string') {
      throw new TpmConnectionError(`cannot use the TCTI "${configuration}": ${channel}`);
    }
    this.configuration = configuration;
    this.timeoutMs = timeoutMs;
    this.#queue = new CommandQueue(channel, { maxQueued, timeoutMs, closeWaitMs });
  }

  async transmit(command: Uint8Array, options: TransmitOptions = {}): Promise<Uint8Array> {
    // A copy, which the queue clears: the method slice of a Buffer would return a view.
    const input = new Uint8Array(command);
    const result = await this.#queue.run(operations.transmit, input, options);
    return this.#checked('the command', result);
  }

  /** A command that ESYS puts together; `input` and the output are native/operations.cc's. `input` is cleared. */
  async callEsys(
    operation: keyof typeof operations,
    command: string,
    input: Uint8Array,
    options: TransmitOptions = {},
  ): Promise<Uint8Array> {
    const result = await this.#queue.run(operations[operation], input, options);
    return this.#checked(command, result);
  }

  close(): Promise<void> {
    return this.#queue.close();
  }

  #checked(command: string, { code, output }: JobResult): Uint8Array {
    if (code === 0) return output;
    const { layer, text } = decodeResponseCode(code);
    if (layer !== 'TCTI') throw new TpmResponseError(command, code);
    throw new TpmConnectionError(
      `no answer from the TPM at "${this.configuration}": ${text}; ${hintFor(this.configuration)}`,
    );
  }
}

function hintFor(configuration: string): string {
  const kind = configuration.split(':', 1)[0];
  if (kind === 'device') {
    return 'is the device there, and may this user open it (the group is usually tss)?';
  }
  if (kind === 'swtpm' || kind === 'mssim') return 'is the simulator running on that port?';
  return 'see tcti(7) for the configuration strings, and set TSS2_LOG=all+error for the words of tpm2-tss';
}
