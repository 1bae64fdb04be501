/**
 * A mounted FunctionFS whose descriptors have been written: its events, its control requests and its endpoints. The
 * process that wrote the descriptors keeps endpoint 0 open as well; closing this one then leaves the gadget as it is.
 */
import { closeSync, constants, openSync, readSync, write } from 'node:fs';
import { read } from 'node:fs';
import path from 'node:path';
import { errnoName, FunctionFsError } from './errors.ts';
import { eventBytes, parseEvents, type ControlSetup, type FunctionFsEvent } from './events.ts';
import { addon } from './native.ts';
import { Transfers, type Transfer, type TransferResult } from './transfers.ts';

/** What a function's program does with its endpoints; `FunctionFs`, or a stand-in for tests. */
export interface FunctionPort {
  /** From the host. The length of `buffer` should be a multiple of the endpoint's packet. */
  receive(endpoint: number, buffer: Uint8Array, done: (result: TransferResult) => void): Transfer;
  /** To the host. A transfer that is a multiple of the packet leaves the host waiting for its end. */
  send(
    endpoint: number,
    buffer: Uint8Array,
    count: number,
    done: (result: TransferResult) => void,
  ): Transfer;
  /** The data that a control request of the direction IN asked for. */
  answer(data: Uint8Array): void;
  /** Refuses the control request. */
  stall(setup: ControlSetup): void;
  close(): void;
}

export interface FunctionFsOptions {
  readonly endpoints: number;
  /** Transfers at a time. */
  readonly capacity: number;
  readonly onEvent: (event: FunctionFsEvent) => void;
  /** Endpoint 0 failed: the function is gone. */
  readonly onFailure: (error: FunctionFsError) => void;
}

const maxEventsPerRead = 8;
const directionIn = 0x80;

export class FunctionFs implements FunctionPort {
  readonly #descriptors: number[];
  readonly #transfers: Transfers;
  readonly #options: FunctionFsOptions;
  readonly #folder: string;
  /** None while a control request waits for its answer: a read would refuse it. */
  #watch: { close(): void } | undefined;
  #isClosed = false;

  /** Throws a FunctionFsError. */
  constructor(folder: string, options: FunctionFsOptions) {
    this.#options = options;
    this.#folder = folder;
    this.#descriptors = openAll(folder, options.endpoints);
    try {
      this.#transfers = new Transfers(options.capacity);
      this.#watchEvents();
    } catch (error) {
      this.#descriptors.forEach((fd) => closeSync(fd));
      throw error;
    }
  }

  receive(endpoint: number, buffer: Uint8Array, done: (result: number) => void): Transfer {
    return this.#transfers.read(this.#descriptors[endpoint]!, buffer, done);
  }

  send(
    endpoint: number,
    buffer: Uint8Array,
    count: number,
    done: (result: number) => void,
  ): Transfer {
    return this.#transfers.write(this.#descriptors[endpoint]!, buffer, count, done);
  }

  answer(data: Uint8Array): void {
    // On the thread pool: the call returns when the host has taken the data, and a host may take its time.
    write(this.#descriptors[0]!, data, this.#onAnswered);
  }

  /** By the wrong direction, as the interface has it. */
  stall(setup: ControlSetup): void {
    const [endpoint0] = this.#descriptors as [number];
    if (setup.requestType & directionIn) read(endpoint0, new Uint8Array(1), this.#onAnswered);
    else write(endpoint0, new Uint8Array(1), this.#onAnswered);
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#watch?.close();
    this.#transfers.close();
    this.#descriptors.forEach((fd) => closeSync(fd));
  }

  /** Also when it failed: then the host has given up its request, and the events say what came after. */
  readonly #onAnswered = (): void => {
    if (!this.#isClosed && this.#watch === undefined) this.#watchEvents();
  };

  #watchEvents(): void {
    const [endpoint0] = this.#descriptors as [number];
    const watch = addon().watchReadable(endpoint0, () => this.#readEvents(endpoint0));
    if (typeof watch === 'number') {
      throw failure(`cannot watch ${this.#folder}/ep0`, errnoName(watch), 'uv_poll');
    }
    this.#watch = watch;
  }

  #readEvents(endpoint0: number): void {
    const buffer = new Uint8Array(eventBytes * maxEventsPerRead);
    let length;
    try {
      length = readSync(endpoint0, buffer);
    } catch (error) {
      const errno = (error as NodeJS.ErrnoException).code ?? 'EIO';
      // The last: a request that its host has given up; the events after it are still to come.
      if (['EAGAIN', 'EINTR', 'EIDRM'].includes(errno)) return;
      this.close();
      this.#options.onFailure(
        failure(`the function in ${this.#folder} is gone`, errno, 'read', error),
      );
      return;
    }
    const events = parseEvents(buffer.subarray(0, length));
    if (events.some(({ kind }) => kind === 'setup')) {
      this.#watch?.close();
      this.#watch = undefined;
    }
    for (const event of events) {
      if (!this.#isClosed) this.#options.onEvent(event);
    }
  }
}

/** Without O_NONBLOCK an endpoint of a function that no host has enabled would block the whole process. */
function openAll(folder: string, endpoints: number): number[] {
  const descriptors: number[] = [];
  for (let number = 0; number <= endpoints; number++) {
    const file = path.join(folder, `ep${number}`);
    try {
      descriptors.push(openSync(file, constants.O_RDWR | constants.O_NONBLOCK));
    } catch (cause) {
      descriptors.forEach((fd) => closeSync(fd));
      throw failure(
        `cannot open ${file}`,
        (cause as NodeJS.ErrnoException).code ?? 'EIO',
        'open',
        cause,
      );
    }
  }
  return descriptors;
}

const hints: Record<string, string> = {
  ENOENT: 'check that the FunctionFS is mounted there and has descriptors',
  ENODEV: 'the function has no descriptors yet',
  EACCES: 'only the user and group of the mount options uid and gid may use it',
  EPERM: 'only the user and group of the mount options uid and gid may use it',
};

function failure(
  problem: string,
  errno: string,
  syscall: string,
  cause?: unknown,
): FunctionFsError {
  const hint = hints[errno];
  return new FunctionFsError(problem, {
    errno,
    syscall,
    cause,
    ...(hint === undefined ? {} : { hint }),
  });
}
