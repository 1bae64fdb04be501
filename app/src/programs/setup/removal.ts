/** Takes down one set-up, by its record where there is one: its configuration may say something else by now. */
import { exitStatus } from '../../platform/exit-status.ts';
import type { LineLogger } from '../../platform/log.ts';
import type { ProgramContext } from '../../platform/program.ts';
import type { Step } from './changes.ts';
import { Machine } from './machine.ts';
import { printSteps } from './print-steps.ts';
import type { RecordStore, SetUpRecord } from './record.ts';
import type { RunCommand } from './run-command.ts';
import { plansOf } from './set-up.ts';
import { survey, type Survey } from './survey.ts';
import { stepsDown, takeDown, type Removal } from './take-down.ts';

interface RemovalContext extends Pick<ProgramContext, 'stdout'> {
  readonly run: RunCommand;
}

/** `file`: an absolute path. More than one if a configuration was renamed between two tunnels. */
export function recordsOf(file: string, records: RecordStore): SetUpRecord[] {
  return [...records.all().values()].filter((one) => one.file === file);
}

export async function removeRecorded(
  recorded: SetUpRecord,
  isDryRun: boolean,
  records: RecordStore,
  context: RemovalContext,
  log: LineLogger,
): Promise<number> {
  const { plan, ipPath } = recorded;
  const machine = new Machine(context.run, ipPath);
  const surveyed = await survey(machine, plan, records.all());
  return remove(surveyed, recorded, isDryRun, { machine, records, ipPath }, context, log);
}

export async function remove(
  surveyed: Survey,
  removal: Removal,
  isDryRun: boolean,
  { ipPath, ...tools }: { machine: Machine; records: RecordStore; ipPath: string },
  context: RemovalContext,
  log: LineLogger,
): Promise<number> {
  if (isDryRun) return dryRun(stepsDown(surveyed, removal), ipPath, context);
  await takeDown(surveyed, removal, tools);
  log.info(
    'setup-down',
    `${removal.plan.interfaceName} is removed${consequence(surveyed, removal)}`,
  );
  return exitStatus.success;
}

function consequence({ others }: Survey, removal: Removal): string {
  const shut = others.find((other) => other.plan.isDefault);
  if (shut !== undefined) return `; ${shut.plan.interfaceName} still carries the rest`;
  const isOpened = plansOf(removal).some(({ isDefault }) => isDefault);
  return isOpened ? '; the network of this machine is open' : '; its prefixes take other ways';
}

export function dryRun(steps: readonly Step[], ipPath: string, { stdout }: RemovalContext): number {
  if (steps.length > 0) stdout(printSteps(steps, ipPath));
  return exitStatus.success;
}
