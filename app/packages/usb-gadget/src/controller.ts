/** USB device controllers (UDC): which there are, what they do, and the choice of one to bind to. */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ControllerError } from './errors.ts';
import { rootsOf, type GadgetOptions, type Roots } from './roots.ts';
import { errnoOf } from './system-failure.ts';

export interface ControllerStatus {
  name: string;
  /** As the kernel says it: `"not attached"`, `"addressed"`, `"configured"`, `"suspended"`, … */
  state: string;
  /** `"high-speed"`, …; `"UNKNOWN"` while no host is there. */
  speed: string;
  /** The gadget or driver that it is bound to; undefined when it is free. */
  usedBy: string | undefined;
}

/** In alphabetical order. */
export async function listControllers(options?: GadgetOptions): Promise<ControllerStatus[]> {
  const roots = rootsOf(options);
  let entries;
  try {
    entries = await roots.files.list(roots.udc);
  } catch (error) {
    // Without any controller driver the class itself does not exist.
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
  const names = entries.map((entry) => entry.name).sort();
  return Promise.all(names.map((name) => controllerStatus(roots, name)));
}

export async function controllerStatus(roots: Roots, name: string): Promise<ControllerStatus> {
  const attribute = (file: string) => readAttribute(roots, path.join(roots.udc, name, file));
  return {
    name,
    state: (await attribute('state')) ?? 'unknown',
    speed: (await attribute('current_speed')) ?? 'UNKNOWN',
    usedBy: (await attribute('function')) || undefined,
  };
}

/** The named one, or the only one that is free. */
export async function chooseController(
  wanted: string | undefined,
  options?: GadgetOptions,
): Promise<string> {
  const controllers = await listControllers(options);
  if (!isAmong(controllers, wanted)) throw missingController(controllers, wanted);
  if (wanted !== undefined) {
    const usedBy = controllers.find(({ name }) => name === wanted)?.usedBy;
    if (usedBy === undefined) return wanted;
    throw new ControllerError(
      `the USB device controller ${wanted} is in use by ${usedBy}; unbind that first`,
    );
  }
  const free = controllers.filter(({ usedBy }) => usedBy === undefined);
  if (free.length === 0) {
    const users = controllers.map(({ name, usedBy }) => `${name} by ${usedBy}`).join(', ');
    throw new ControllerError(`every USB device controller is in use: ${users}; unbind one first`);
  }
  if (free.length > 1) {
    throw new ControllerError(
      `several USB device controllers are free (${namesOf(free)}); name one`,
    );
  }
  return free[0]!.name;
}

export interface WaitOptions extends GadgetOptions {
  /** Which; default any. */
  controller?: string | undefined;
  timeoutMs: number;
  signal?: AbortSignal | undefined;
}

const pollMs = 50;

/** Until the driver of the controller was loaded. Rejects with a ControllerError when that takes too long. */
export async function waitForController(options: WaitOptions): Promise<void> {
  const { controller, timeoutMs, signal } = options;
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const controllers = await listControllers(options);
    if (isAmong(controllers, controller)) return;
    const remainingMs = deadline - performance.now();
    if (remainingMs <= 0) throw missingController(controllers, controller);
    await sleep(Math.min(pollMs, remainingMs), undefined, signal && { signal });
  }
}

function isAmong(controllers: readonly ControllerStatus[], wanted: string | undefined): boolean {
  return controllers.some(({ name }) => wanted === undefined || name === wanted);
}

function missingController(
  controllers: readonly ControllerStatus[],
  wanted: string | undefined,
): ControllerError {
  if (wanted !== undefined && controllers.length > 0) {
    return new ControllerError(
      `there is no USB device controller ${wanted}; there is: ${namesOf(controllers)}`,
    );
  }
  return new ControllerError(
    'there is no USB device controller; load the driver of the board, or "modprobe dummy_hcd" for tests',
  );
}

function namesOf(controllers: readonly ControllerStatus[]): string {
  return controllers.map(({ name }) => name).join(', ');
}

/** Without the line end, and the zero byte that some functions leave; undefined when it cannot be read. */
export async function readAttribute(roots: Roots, file: string): Promise<string | undefined> {
  try {
    return (await roots.files.read(file)).replace(/[\n\0]+$/, '');
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}
