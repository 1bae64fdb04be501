/**
 * Replaces the card's gadget, and tries again when the kernel refuses: a controller can be taken or busy for a moment,
 * an earlier gadget takes time to end. Each attempt makes all of it or leaves nothing. When what psock needs stays
 * refused, the gadget is made without it: the host's Ethernet link matters more.
 */
import {
  ControllerError,
  FunctionFsMountError,
  GadgetError,
  GadgetKernelError,
  register,
  remove,
  type GadgetDefinition,
  type GadgetOptions,
  type RegisteredGadget,
} from 'usb-gadget';
import { EnvironmentError } from '../../core/errors.ts';
import { gadgetName } from './card-gadget.ts';
import type { HeldDescriptor, SocketFunctionSystem } from './socket-function.ts';

export interface GadgetMaking {
  kernel?: GadgetOptions;
  signal?: AbortSignal;
  socketFunction: SocketFunctionSystem;
  silenceLink: (interfaceName: string) => Promise<void>;
  pause: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

/** Between the attempts with psock, and again between those without. After the last one the unit starts over. */
export const pausesMs = [250, 500, 1000] as const;

export interface MadeGadget {
  gadget: RegisteredGadget;
  /** Why it was made as `plain`, when it was not meant to be. */
  refusal: string | undefined;
}

/** Rejects with the last refusal. */
export async function makeGadget(
  making: GadgetMaking,
  wanted: GadgetDefinition,
  plain: GadgetDefinition,
  controller: string | undefined,
): Promise<MadeGadget> {
  try {
    return { gadget: await persistently(making, wanted, controller), refusal: undefined };
  } catch (error) {
    if (wanted === plain || !isRefusal(error)) throw error;
    return { gadget: await persistently(making, plain, controller), refusal: error.message };
  }
}

async function persistently(
  making: GadgetMaking,
  definition: GadgetDefinition,
  controller: string | undefined,
): Promise<RegisteredGadget> {
  for (const pauseMs of pausesMs) {
    try {
      return await make(making, definition, controller);
    } catch (error) {
      if (!mayPass(error)) throw error;
      await making.pause(pauseMs, making.signal);
    }
  }
  return make(making, definition, controller);
}

async function make(
  { kernel = {}, socketFunction, silenceLink }: GadgetMaking,
  definition: GadgetDefinition,
  controller: string | undefined,
): Promise<RegisteredGadget> {
  const removal = { ...kernel, unmount: (name: string) => socketFunction.unmount(name) };
  await socketFunction.release();
  await remove(gadgetName, removal);
  const gadget = await register(definition, kernel);
  let endpoint0: HeldDescriptor | undefined;
  try {
    const isDescribed = definition.functions.some(({ driver }) => driver === 'ffs');
    if (isDescribed) endpoint0 = await socketFunction.describe();
    await gadget.bind(controller);
    // The kernel has just created the interface, and it is down: no frame has left it yet.
    for (const { interfaceName } of (await gadget.status())?.functions ?? []) {
      if (interfaceName !== undefined) await silenceLink(interfaceName);
    }
    if (endpoint0 !== undefined) await socketFunction.keep(endpoint0);
  } catch (error) {
    // The first error is the useful one; an error of the clean-up shows again in the next attempt.
    await Promise.allSettled([endpoint0?.close(), socketFunction.release()]);
    await remove(gadgetName, removal).catch(() => undefined);
    throw error;
  }
  return gadget;
}

function isRefusal(error: unknown): error is GadgetError | EnvironmentError {
  return error instanceof GadgetError || error instanceof EnvironmentError;
}

/** Not for what a module, a right or the definition lacks: that stays. */
function mayPass(error: unknown): boolean {
  return [GadgetKernelError, ControllerError, FunctionFsMountError, EnvironmentError].some(
    (kind) => error instanceof kind,
  );
}
