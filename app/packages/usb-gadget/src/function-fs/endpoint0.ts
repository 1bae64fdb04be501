/**
 * ep0 of a mounted FunctionFS: takes the descriptors, then keeps the function alive. The process that holds this open
 * decides how long the gadget lives, so a small process of its own should. Left out: events and control requests on
 * ep0, and the other endpoints.
 */
import { open, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { errnoOf, systemError } from '../system-failure.ts';
import { functionFsDescriptors, type FunctionFsInterface } from './descriptors.ts';
import { functionFsStrings } from './strings.ts';

export interface Endpoint0Options extends FunctionFsInterface {
  /** `nameIndex` and host drivers refer to these, counted from 1. */
  strings?: readonly string[] | undefined;
}

/** After this the gadget can be bound. `folder` is where `mountFunctionFs` mounted it. */
export async function openEndpoint0(folder: string, options: Endpoint0Options): Promise<Endpoint0> {
  const { strings = [], ...description } = options;
  const descriptors = functionFsDescriptors(description);
  const stringBytes = functionFsStrings(strings);
  const file = path.join(folder, 'ep0');
  let handle;
  try {
    handle = await open(file, 'r+');
  } catch (error) {
    throw failure(file, error);
  }
  try {
    // One write each: the kernel takes a write for a whole.
    await handle.write(descriptors);
    await handle.write(stringBytes);
  } catch (error) {
    await handle.close();
    throw failure(file, error);
  }
  return new Endpoint0(handle);
}

export class Endpoint0 {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  get fd(): number {
    return this.#handle.fd;
  }

  /** When nothing else has a file of this FunctionFS open, this ends the whole gadget; see `staysConnected`. */
  close(): Promise<void> {
    return this.#handle.close();
  }
}

function failure(file: string, error: unknown) {
  const hints: Record<string, string> = {
    ENOENT: 'no FunctionFS is mounted there',
    EBUSY: 'another process has it open',
    EINVAL: 'the kernel refuses the descriptors; its log (dmesg) may say why',
  };
  return systemError(
    'cannot describe the FunctionFS function',
    file,
    error,
    hints[errnoOf(error) ?? ''],
  );
}
