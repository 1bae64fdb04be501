/** Makes a gadget in configfs: all of it, or nothing is left. */
import path from 'node:path';
import type { GadgetDefinition } from './definition.ts';
import { GadgetDefinitionError, type GadgetSystemError } from './errors.ts';
import { planGadget } from './plan.ts';
import { problemsOf } from './problems.ts';
import { RegisteredGadget } from './registered-gadget.ts';
import { remove } from './remove.ts';
import { gadgetFolder, rootsOf, type GadgetOptions, type Roots } from './roots.ts';
import type { Step } from './step.ts';
import { errnoOf, requireGadgetSupport, systemError } from './system-failure.ts';

/** Rejects with a GadgetExistsError when a gadget of this name is there; that one stays as it is. */
export async function register(
  definition: GadgetDefinition,
  options: GadgetOptions = {},
): Promise<RegisteredGadget> {
  const { name } = definition;
  const problems = problemsOf(definition);
  if (problems.length > 0) throw new GadgetDefinitionError(`gadget ${name}`, problems);
  const roots = rootsOf(options);
  await requireGadgetSupport(roots);

  const folder = gadgetFolder(roots, name);
  const [first, ...others] = planGadget(definition) as [Step, ...Step[]];
  await carryOut(roots, folder, first, name);
  try {
    for (const step of others) await carryOut(roots, folder, step, name);
  } catch (error) {
    // What went wrong first is worth more to the caller than what the clean-up met, which the next remove() meets
    // again.
    await remove(name, options).catch(() => undefined);
    throw error;
  }
  return new RegisteredGadget(name, options);
}

async function carryOut(roots: Roots, folder: string, step: Step, name: string): Promise<void> {
  const place = path.join(folder, step.path);
  try {
    switch (step.kind) {
      case 'folder':
        return await roots.files.makeFolder(place);
      case 'attribute':
        return await roots.files.write(place, step.value);
      case 'link':
        return await roots.files.link(path.join(folder, step.target), place);
    }
  } catch (error) {
    throw stepError(step, place, name, error);
  }
}

function stepError(step: Step, place: string, name: string, error: unknown): GadgetSystemError {
  const errno = errnoOf(error);
  const problem = `cannot make gadget ${name}`;
  if (step.path === '' && errno === 'EEXIST') {
    return systemError(problem, place, error, 'remove the gadget of this name first');
  }
  const driver = /^functions\/([^/.]+)\.[^/]*$/.exec(step.path)?.[1];
  if (step.kind === 'folder' && driver !== undefined && errno === 'ENOENT') {
    const hint = `the kernel has no function ${driver}; try "modprobe usb_f_${driver}"`;
    return systemError(problem, place, error, hint);
  }
  if (step.kind === 'attribute' && errno === 'ENOENT') {
    return systemError(problem, place, error, 'this kernel is too old for that setting');
  }
  if (step.kind === 'attribute' && errno === 'EINVAL') {
    return systemError(problem, place, error, `the kernel refuses the value "${step.value}"`);
  }
  return systemError(problem, place, error);
}
