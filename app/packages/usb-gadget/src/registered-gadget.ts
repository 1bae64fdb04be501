/** A gadget that exists in configfs: bind it to a controller, and a host sees it. */
import path from 'node:path';
import { chooseController, readAttribute } from './controller.ts';
import { ControllerError } from './errors.ts';
import { remove, unbind } from './remove.ts';
import { gadgetFolder, rootsOf, type GadgetOptions } from './roots.ts';
import { readStatus, type GadgetStatus } from './status.ts';
import { errnoOf, systemError } from './system-failure.ts';

export class RegisteredGadget {
  readonly name: string;
  readonly #options: GadgetOptions;

  /** For a gadget made earlier, also by another program; a new one comes from `register`. */
  constructor(name: string, options: GadgetOptions = {}) {
    this.name = name;
    this.#options = options;
  }

  /** To the named controller, or to the only free one. Resolves to its name; does nothing when bound to it already. */
  async bind(wanted?: string): Promise<string> {
    const roots = rootsOf(this.#options);
    const file = path.join(gadgetFolder(roots, this.name), 'UDC');
    const current = await readAttribute(roots, file);
    if (current) {
      if (wanted === undefined || wanted === current) return current;
      throw new ControllerError(
        `gadget ${this.name} is bound to the controller ${current}, not to ${wanted}; unbind it first`,
      );
    }
    const controller = await chooseController(wanted, this.#options);
    try {
      await roots.files.write(file, controller);
    } catch (error) {
      const problem = `cannot bind gadget ${this.name} to the controller ${controller}`;
      throw systemError(problem, file, error, bindHints[errnoOf(error) ?? '']);
    }
    return controller;
  }

  /** The host sees it unplugged. Does nothing when it is not bound. */
  async unbind(): Promise<void> {
    await unbind(rootsOf(this.#options), this.name);
  }

  /** Undefined when it was removed. */
  status(): Promise<GadgetStatus | undefined> {
    return readStatus(this.name, this.#options);
  }

  /** Unbinds it, and nothing of it is left; false when that was so already. */
  remove(): Promise<boolean> {
    return remove(this.name, this.#options);
  }
}

// The controller was free a moment ago. The kernel's own reason gets lost on the way: since 6.0 each is EBUSY.
const refused =
  'a function refused, such as a FunctionFS without descriptors, or the controller has too few endpoints; the kernel log (dmesg) says which';
const bindHints: Record<string, string> = {
  EBUSY: refused,
  EINVAL: refused,
  ENODEV: refused,
};
