/** Carries out one `usb-gadget` request and returns the exit status. */
import {
  buildGadget,
  GadgetDefinitionError,
  GadgetError,
  remove,
  readStatus,
  waitForController,
  type GadgetDefinition,
  type GadgetOptions,
  type GadgetStatus,
} from 'usb-gadget';
import { ConfigError, EnvironmentError } from '../../core/errors.ts';
import { carryOut, statusOfError } from '../../platform/command-line/carry-out.ts';
import { exitStatus } from '../../platform/exit-status.ts';
import type { MessageCode } from '../../platform/message-codes.ts';
import { cardGadget, gadgetName } from './card-gadget.ts';
import { readCardIdentity } from './card-identity.ts';
import { parseCommandLine, type Request } from './command-line.ts';
import { table } from './command-table.ts';
import { unitName, type GadgetUnit } from './gadget-unit.ts';
import { makeGadget } from './make-gadget.ts';
import { missingParts } from './missing-parts.ts';
import { printDefinition, printStatus } from './print-status.ts';
import { loadSettings } from './settings.ts';
import type { SocketFunctionSystem } from './socket-function.ts';

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
  unit: GadgetUnit;
  /** Hides the card's kernel on an interface of the gadget, and brings that up. */
  silenceLink: (interfaceName: string) => Promise<void>;
  /** Between two attempts. */
  pause: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
}

type RequestOf<Command extends Request['command']> = Extract<Request, { command: Command }>;

/** Rejects only for a bug. */
export async function runGadget(context: GadgetContext): Promise<number> {
  const request = parseCommandLine(context.argv);
  const status = (error: unknown) => statusOf(error, context.signal);
  return carryOut(table, request, context, (wanted) => run(context, wanted), status);
}

function run(context: GadgetContext, request: Request): Promise<number> {
  switch (request.command) {
    case 'create':
      return create(context, request);
    case 'destroy':
      return destroy(context, request.isJson);
    case 'status':
      return status(context, request);
    case 'check':
      return check(context, request);
  }
}

async function create(context: GadgetContext, request: RequestOf<'create'>): Promise<number> {
  const { kernel = {}, unit, stderr } = context;
  const log = warningLog(stderr);
  await refuseBesideUnit(context, 'restart', 'recreates it');
  const { plain, definition, controller } = await planned(context, request.file);
  // First, so that a wrong controller name leaves the old gadget as it was.
  const timeoutMs = request.waitSeconds * 1000;
  await waitForController({ ...kernel, controller, timeoutMs, signal: context.signal });
  const wanted = unit.isOwner ? definition : plain;
  if (wanted !== definition) {
    log.warning('gadget-without-psock', `without psock, which needs ${unitName}`);
  }
  const { gadget, refusal } = await makeGadget(context, wanted, plain, controller);
  if (refusal !== undefined) {
    // The Ethernet link matters more than what else the card can do.
    log.warning('gadget-without-psock', `continuing without psock: ${refusal}`);
  }
  unit.report(refusal === undefined ? 'complete' : `without psock: ${refusal}`);
  printGadget(context, await gadget.status(), [], request.isJson);
  return exitStatus.success;
}

async function destroy(context: GadgetContext, isJson: boolean): Promise<number> {
  const { kernel, socketFunction } = context;
  await refuseBesideUnit(context, 'stop', 'removes it');
  await socketFunction.release();
  const unmount = (name: string) => socketFunction.unmount(name);
  const removed = await remove(gadgetName, { ...kernel, unmount });
  if (isJson) context.stdout(json({ name: gadgetName, removed }));
  else context.stdout(removed ? `${gadgetName}: removed\n` : `${gadgetName}: not present\n`);
  return exitStatus.success;
}

/** What the unit has made is its own: by hand the card would lose psock, unnoticed by the unit. */
async function refuseBesideUnit(
  { unit }: GadgetContext,
  verb: string,
  effect: string,
): Promise<void> {
  if (unit.isOwner || !(await unit.isRunning())) return;
  throw new EnvironmentError(
    `the gadget belongs to ${unitName}, which is running: "systemctl ${verb} ${unitName}" ${effect}`,
    { errno: 'EBUSY', syscall: 'systemctl' },
  );
}

async function status(context: GadgetContext, request: RequestOf<'status'>): Promise<number> {
  const found = await readStatus(gadgetName, context.kernel);
  const missing = found === undefined ? [] : await missingOf(context, found, request.file);
  printGadget(context, found, missing, request.isJson);
  const isWhole = found?.controller !== undefined && missing.length === 0;
  return isWhole ? exitStatus.success : exitStatus.runtime;
}

async function missingOf(
  { socketFunction, stderr }: GadgetContext,
  found: GadgetStatus,
  file: string,
): Promise<string[]> {
  try {
    const { settings } = await loadSettings(file);
    return await missingParts(settings, found, socketFunction);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    warningLog(stderr).warning('config-warning', error.message);
    return [];
  }
}

async function check(context: GadgetContext, request: RequestOf<'check'>): Promise<number> {
  const { definition, warnings } = await planned(context, request.file);
  if (request.isStrict && warnings.length > 0) return exitStatus.configuration;
  context.stdout(request.isJson ? json(definition) : printDefinition(definition));
  return exitStatus.success;
}

/** Warnings are not the output of a command: they go to stderr, with their codes. */
function warningLog(stderr: GadgetContext['stderr']) {
  return {
    warning: (code: MessageCode, message: string): void =>
      stderr(`usb-gadget: warning: ${message} [${code}]\n`),
  };
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
  const log = warningLog(context.stderr);
  for (const warning of warnings) log.warning('config-warning', warning);
  const definition = buildGadget(cardGadget(settings, identity));
  const plain = settings.psock
    ? buildGadget(cardGadget({ ...settings, psock: false }, identity))
    : definition;
  return { definition, plain, controller: settings.controller, warnings };
}

function printGadget(
  context: GadgetContext,
  found: GadgetStatus | undefined,
  missing: readonly string[],
  isJson: boolean,
): void {
  if (isJson) context.stdout(json(found === undefined ? null : { ...found, missing }));
  else context.stdout(found === undefined ? 'there is no gadget\n' : printStatus(found, missing));
}

/** Undefined for a bug of ours. */
function statusOf(error: unknown, signal: AbortSignal | undefined): number | undefined {
  if (error instanceof GadgetDefinitionError) return exitStatus.configuration;
  if (error instanceof GadgetError) return exitStatus.runtime;
  const known = statusOfError(error);
  if (known !== undefined) return known;
  // Stopped while waiting for the controller.
  return signal?.aborted ? exitStatus.runtime : undefined;
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
