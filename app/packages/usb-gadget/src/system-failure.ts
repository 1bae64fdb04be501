/** Makes errors of what the kernel answers on configfs, with the operator's next step. */
import path from 'node:path';
import {
  GadgetExistsError,
  GadgetKernelError,
  GadgetPermissionError,
  type GadgetSystemError,
  GadgetUnsupportedError,
} from './errors.ts';
import type { Roots } from './roots.ts';

interface NodeFailure extends Error {
  code: string;
  syscall?: string;
}

/** The symbolic errno of a system error of Node; undefined for anything else. */
export function errnoOf(error: unknown): string | undefined {
  return isNodeFailure(error) ? error.code : undefined;
}

/** Rethrows what is not the kernel's. `problem` says what could not be done, `path` where. */
export function systemError(
  problem: string,
  place: string,
  error: unknown,
  hint?: string,
): GadgetSystemError {
  if (!isNodeFailure(error)) throw error;
  const failure = {
    errno: error.code,
    syscall: error.syscall ?? 'access',
    path: place,
    hint,
    cause: error,
  };
  switch (error.code) {
    case 'EPERM':
    case 'EACCES':
    case 'EROFS':
      return new GadgetPermissionError(problem, {
        ...failure,
        hint: hint ?? 'it needs root, and a unit without ProtectKernelTunables=',
      });
    case 'EEXIST':
      return new GadgetExistsError(problem, failure);
    case 'ENOENT':
    case 'ENOSYS':
      return new GadgetUnsupportedError(problem, failure);
    default:
      return new GadgetKernelError(problem, {
        ...failure,
        hint: hint ?? 'the kernel log (dmesg) may say why',
      });
  }
}

/** Says which part of the kernel is missing, when the folder of all gadgets is. */
export async function requireGadgetSupport(roots: Roots): Promise<void> {
  const folder = path.join(roots.configfs, 'usb_gadget');
  try {
    await roots.files.list(folder);
  } catch (error) {
    const problem = 'this system offers no USB gadgets';
    throw systemError(problem, folder, error, await supportHint(roots));
  }
}

async function supportHint(roots: Roots): Promise<string> {
  let entries;
  try {
    entries = await roots.files.list(roots.configfs);
  } catch {
    return 'the kernel has no configfs; try "modprobe configfs"';
  }
  if (entries.length > 0) return 'try "modprobe libcomposite" (CONFIG_USB_CONFIGFS)';
  return `configfs is not mounted or empty; try "modprobe libcomposite" and "mount -t configfs none ${roots.configfs}"`;
}

function isNodeFailure(error: unknown): error is NodeFailure {
  return error instanceof Error && typeof (error as Partial<NodeFailure>).code === 'string';
}
