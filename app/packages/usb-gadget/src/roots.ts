/** Where the kernel shows gadgets and controllers; every function of the package takes it as a parameter. */
import path from 'node:path';
import { kernelFiles, type GadgetFiles } from './gadget-files.ts';

export interface GadgetOptions {
  /** Mount point of configfs; default `/sys/kernel/config`. */
  configfsRoot?: string | undefined;
  /** Folder of the USB device controllers; default `/sys/class/udc`. */
  udcRoot?: string | undefined;
  /** Default: the real file system. */
  files?: GadgetFiles | undefined;
}

export interface Roots {
  configfs: string;
  udc: string;
  files: GadgetFiles;
}

export function rootsOf(options: GadgetOptions = {}): Roots {
  return {
    // Absolute, because configfs resolves link targets from the working directory.
    configfs: path.resolve(options.configfsRoot ?? '/sys/kernel/config'),
    udc: path.resolve(options.udcRoot ?? '/sys/class/udc'),
    files: options.files ?? kernelFiles,
  };
}

export function gadgetFolder(roots: Roots, name: string): string {
  return path.join(roots.configfs, 'usb_gadget', name);
}
