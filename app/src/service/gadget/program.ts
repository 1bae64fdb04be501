/** Carries out one `usb-gadget` request and returns the exit status. */
import {
  buildGadget,
  GadgetDefinitionError,
  GadgetError,
  register,
  remove,
  readStatus,
  waitForController,
  type GadgetDefinition,
  type GadgetOptions,
  type GadgetStatus,
  type RegisteredGadget,
} from 'usb-gadget';
import { ConfigError, EnvironmentError } from '../../core/errors.ts';
import { exitStatus } from '../cli/exit-status.ts';
import { cardGadget, gadgetName } from './card-gadget.ts';
import { readCardIdentity } from './card-identity.ts';
import { parseCommandLine, type Request } from './command-line.ts';
import { printDefinition, printStatus } from './print-status.ts';
import { loadSettings } from './settings.ts';
import type { SocketFunctionSystem } from './socket-function.ts';
import { usage, usageHint } from './usage.ts';

export interface GadgetContext {
  argv: readonly string[];
  stdout: (text: string) => void;
  stderr: (text: string) => void;
  /** Where the kernel is; tests put a folder of their own here. */
  kernel?: GadgetOptions;
  machineIdFile?: string;
  signal?: AbortSignal;
  /** What the interface for psock needs of the system. */
  socketFunction: SocketFunctionSystem;
}

type RequestOf<Command extends Request['command']> = Extract<Request, { command: Command }>;

/** Rejects only for a bug. */
export async function runGadget(context: GadgetContext): Promise<number> {
  const request = parseCommandLine(context.argv);
  try {
    switch (request.command) {
      case 'help':
        context.stdout(usage);
        return exitStatus.success;
      case 'wrong':
        context.stderr(`usb-gadget: ${request.problem}\n${usageHint}\n`);
        return exitStatus.usage;
      case 'create':
        return await create(context, request);
      case 'destroy':
        return await destroy(context, request.isJson);
      case 'status':
        return await status(context, request.isJson);
      case 'check':
        return await check(context, request);
    }
  } catch (error) {
    const failed = statusOf(error, context.signal);
    if (failed === undefined || !(error instanceof Error)) throw error;
    context.stderr(`usb-gadget: ${error.message}\n`);
    return failed;
  }
}

async function create(context: GadgetContext, request: RequestOf<'create'>): Promise<number> {
  const { kernel = {} } = context;
  const { plain, definition, controller } = await planned(context, request.file);
  // First, so that a wrong controller name leaves the old gadget as it was.
  const timeoutMs = request.waitSeconds * 1000;
  await waitForController({ ...kernel, controller, timeoutMs, signal: context.signal });
  let gadget;
  try {
    gadget = await make(context, definition, controller);
  } catch (error) {
    if (definition === plain || !(error instanceof GadgetError)) throw error;
    // The Ethernet link matters more than what else the card can do.
    context.stderr(`usb-gadget: warning: goes on without psock: ${error.message}\n`);
    gadget = await make(context, plain, controller);
  }
  report(context, await gadget.status(), request.isJson);
  return exitStatus.success;
}

async function make(
  context: GadgetContext,
  definition: GadgetDefinition,
  controller: string | undefined,
): Promise<RegisteredGadget> {
  const { kernel = {}, socketFunction } = context;
  await remove(gadgetName, kernel);
  const gadget = await register(definition, kernel);
  try {
    const isDescribed = definition.functions.some(({ driver }) => driver === 'ffs');
    const endpoint0 = isDescribed ? await socketFunction.describe() : undefined;
    await gadget.bind(controller);
    if (endpoint0 !== undefined && !(await socketFunction.keep(endpoint0))) {
      context.stderr('usb-gadget: warning: nobody keeps psock: run this as a unit of systemd\n');
    }
  } catch (error) {
    await gadget.remove();
    throw error;
  }
  return gadget;
}

async function destroy(context: GadgetContext, isJson: boolean): Promise<number> {
  const removed = await remove(gadgetName, context.kernel);
  if (isJson) context.stdout(json({ name: gadgetName, removed }));
  else context.stdout(removed ? `${gadgetName}: removed\n` : `${gadgetName}: there was none\n`);
  return exitStatus.success;
}

async function status(context: GadgetContext, isJson: boolean): Promise<number> {
  const found = await readStatus(gadgetName, context.kernel);
  report(context, found, isJson);
  return found?.controller === undefined ? exitStatus.runtime : exitStatus.success;
}

async function check(context: GadgetContext, request: RequestOf<'check'>): Promise<number> {
  const { definition, warnings } = await planned(context, request.file);
  if (request.isStrict && warnings.length > 0) return exitStatus.configuration;
  context.stdout(request.isJson ? json(definition) : printDefinition(definition));
  return exitStatus.success;
}

interface Plan {
  definition: GadgetDefinition;
  /** The same without the interface for psock. */
  plain: GadgetDefinition;
  controller: string | undefined;
  warnings: string[];
}

async function planned(context: GadgetContext, file: string): Promise<Plan> {
  const { settings, warnings } = await loadSettings(file);
  const identity = await readCardIdentity({
    folder: settings.identity,
    machineIdFile: context.machineIdFile ?? '/etc/machine-id',
  });
  warnings.push(...identity.warnings);
  for (const warning of warnings) context.stderr(`usb-gadget: warning: ${warning}\n`);
  const definition = buildGadget(cardGadget(settings, identity));
  const plain = settings.psock
    ? buildGadget(cardGadget({ ...settings, psock: false }, identity))
    : definition;
  return { definition, plain, controller: settings.controller, warnings };
}

function report(context: GadgetContext, found: GadgetStatus | undefined, isJson: boolean): void {
  if (isJson) context.stdout(json(found ?? null));
  else context.stdout(found === undefined ? 'there is no gadget\n' : printStatus(found));
}

/** Undefined for a bug of ours. */
function statusOf(error: unknown, signal: AbortSignal | undefined): number | undefined {
  if (error instanceof ConfigError) return exitStatus.configuration;
  if (error instanceof GadgetDefinitionError) return exitStatus.configuration;
  if (error instanceof GadgetError || error instanceof EnvironmentError) return exitStatus.runtime;
  // Told to stop while waiting for the controller.
  return signal?.aborted ? exitStatus.runtime : undefined;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
