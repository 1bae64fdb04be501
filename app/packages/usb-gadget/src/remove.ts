/**
 * Takes any gadget down, whatever program made it and however far that got: half-made ones, those of a crashed
 * predecessor, functions of an unknown kind.
 *
 * configfs refuses to remove what is linked to or has something below it that a user made, and refuses the folders it
 * made itself (EPERM), which go with their parent. So everything is tried in the usual order, from the leaves up, and
 * again as long as that gets anywhere.
 */
import path from 'node:path';
import { GadgetError, GadgetKernelError } from './errors.ts';
import { unmountFunctionFs } from './function-fs/mount.ts';
import { gadgetFolder, rootsOf, type GadgetOptions, type Roots } from './roots.ts';
import { errnoOf, systemError } from './system-failure.ts';

export interface RemoveOptions extends GadgetOptions {
  /** Unmounts the FunctionFS of this name wherever it is mounted. Default `unmountFunctionFs`. */
  unmount?: ((name: string) => Promise<void>) | undefined;
}

/** False when there was nothing of this name. Rejects when something is left, with the kernel's refusal. */
export async function remove(name: string, options: RemoveOptions = {}): Promise<boolean> {
  const roots = rootsOf(options);
  const folder = gadgetFolder(roots, name);
  if (!(await exists(roots, folder))) return false;

  // Neither of these two failing settles the matter: unlinking a function unbinds the gadget, too, and the kernel
  // may let go of a function whose file system is still mounted. If not, their words say the most.
  const earlier = [
    await refusalOf(unbind(roots, name)),
    await refusalOf(unmountAll(roots, folder, options.unmount ?? unmountFunctionFs)),
  ].find((refusal) => refusal !== undefined);

  for (;;) {
    const pass: Pass = { removed: 0 };
    await takeDownBelow(roots, folder, pass);
    await attempt(pass, folder, (place) => roots.files.removeFolder(place));
    if (!(await exists(roots, folder))) return true;
    if (pass.removed === 0) throw earlier ?? pass.refusal ?? notAGadget(name, folder);
  }
}

/** Every part of it claims to be the kernel's own: `configfsRoot` leads somewhere else. */
function notAGadget(name: string, folder: string): GadgetError {
  return new GadgetKernelError(`cannot remove gadget ${name}`, {
    errno: 'EPERM',
    syscall: 'rmdir',
    path: folder,
    hint: 'is this configfs?',
  });
}

/** Nothing happens when the gadget is not bound. */
export async function unbind(roots: Roots, name: string): Promise<void> {
  const file = path.join(gadgetFolder(roots, name), 'UDC');
  try {
    // A line end, because a write of nothing never reaches the kernel.
    await roots.files.write(file, '\n');
  } catch (error) {
    if (errnoOf(error) === 'ENODEV') return;
    throw systemError(`cannot unbind gadget ${name}`, file, error);
  }
}

async function unmountAll(
  roots: Roots,
  folder: string,
  unmount: (name: string) => Promise<void>,
): Promise<void> {
  const entries = await roots.files.list(path.join(folder, 'functions')).catch(() => []);
  for (const { name } of entries) {
    if (name.startsWith('ffs.')) await unmount(name.slice('ffs.'.length));
  }
}

interface Pass {
  removed: number;
  /** The first one. */
  refusal?: GadgetError;
}

/** What refers to others comes first. */
const usualOrder = ['strings', 'functions', 'configs', 'os_desc'];

async function takeDownBelow(roots: Roots, folder: string, pass: Pass): Promise<void> {
  const entries = await roots.files.list(folder).catch(() => []);
  for (const { name, kind } of entries) {
    if (kind !== 'link') continue;
    await attempt(pass, path.join(folder, name), (place) => roots.files.unlink(place));
  }
  const folders = entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name);
  for (const name of folders.sort((a, b) => usualOrder.indexOf(b) - usualOrder.indexOf(a))) {
    const place = path.join(folder, name);
    await takeDownBelow(roots, place, pass);
    await attempt(pass, place, () => roots.files.removeFolder(place));
  }
}

async function attempt(
  pass: Pass,
  place: string,
  action: (place: string) => Promise<void>,
): Promise<void> {
  try {
    await action(place);
    pass.removed += 1;
  } catch (error) {
    // EPERM: one of the kernel's own folders. ENOENT: another program was faster.
    if (errnoOf(error) === 'EPERM' || errnoOf(error) === 'ENOENT') return;
    pass.refusal ??= systemError('cannot remove a part of the gadget', place, error);
  }
}

async function exists(roots: Roots, folder: string): Promise<boolean> {
  try {
    await roots.files.list(folder);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw systemError('cannot look at the gadget', folder, error);
  }
}

async function refusalOf(action: Promise<void>): Promise<GadgetError | undefined> {
  try {
    await action;
    return undefined;
  } catch (error) {
    if (error instanceof GadgetError) return error;
    throw error;
  }
}
