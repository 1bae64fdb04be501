/** Carries out one `enftun-setup` command and returns the exit status. */
import path from 'node:path';
import { ConfigError, EnvironmentError } from '../../core/errors.ts';
import { seconds } from '../../core/time.ts';
import { carryOut, statusOfError } from '../../platform/command-line/carry-out.ts';
import { exitStatus } from '../../platform/exit-status.ts';
import { withFileLock } from '../../platform/file-lock.ts';
import type { LineLogger } from '../../platform/log.ts';
import type { ProgramContext } from '../../platform/program.ts';
import { bringUp, recordComplete, stepsUp } from './bring-up.ts';
import { parseCommandLine, type Request } from './command-line.ts';
import { table } from './command-table.ts';
import { Machine } from './machine.ts';
import { managedByNetworkd } from './networkd.ts';
import { rootUser, type Plan } from './plan.ts';
import { RecordStore } from './record.ts';
import { dryRun, recordsOf, remove, removeRecorded } from './removal.ts';
import { listed, printReport, reportOf } from './report.ts';
import type { RunCommand } from './run-command.ts';
import { ownerOn, readPlan, survey, type Configured, type Survey } from './survey.ts';
import { whatIsUp } from './take-down.ts';

/** For the runs of other tunnels, each of several commands, on a machine that boots. */
const longestWait = seconds(90);

export interface SetUpContext extends Pick<
  ProgramContext,
  'argv' | 'stdout' | 'stderr' | 'openLog' | 'signal'
> {
  readonly run: RunCommand;
  readonly recordFolder: string;
}

/** Rejects only for a bug. */
export async function runSetUp(context: SetUpContext): Promise<number> {
  return carryOut(table, parseCommandLine(context.argv), context, async (request) => {
    const log = context.openLog('info');
    try {
      return await run(request, context, log);
    } catch (error) {
      const status = statusOfError(error);
      if (status === undefined || !(error instanceof Error)) throw error;
      log.error(error instanceof ConfigError ? 'config-unusable' : 'setup-failed', error.message);
      return status;
    }
  });
}

async function run(request: Request, context: SetUpContext, log: LineLogger): Promise<number> {
  // Two tunnels share some rules, and each has a part in the firewall of the other.
  const locked = (work: (records: RecordStore) => Promise<number>): Promise<number> => {
    const { recordFolder } = context;
    const inLock = () => work(new RecordStore(recordFolder));
    return withFileLock(recordFolder, inLock, longestWait, 'run this as root');
  };
  if (request.command === 'down') {
    return locked((records) => down(request, records, context, log));
  }
  // What the file alone forbids is reported before anything is asked of the machine.
  const configured = await configuredBy(request.file, context, log);
  if ('isDryRun' in request) {
    return locked((records) => up(request, configured, records, context, log));
  }
  return locked(async (records) => {
    const surveyed = await survey(configured.machine, configured.plan, records.all());
    return report(request, surveyed, configured, context);
  });
}

interface Ready extends Configured {
  readonly machine: Machine;
}

async function configuredBy(file: string, context: SetUpContext, log: LineLogger): Promise<Ready> {
  const { at, ipPath } = readPlan(file);
  const { plan, warnings } = at(rootUser);
  for (const warning of warnings) log.warning('config-warning', warning);
  const machine = new Machine(context.run, ipPath);
  return { plan: { ...plan, owner: await ownerOn(machine) }, ipPath, warnings, machine };
}

type Change = Extract<Request, { command: 'up' | 'down' }>;

async function up(
  { file, isDryRun }: Change,
  { plan, ipPath, machine }: Ready,
  records: RecordStore,
  context: SetUpContext,
  log: LineLogger,
): Promise<number> {
  const name = plan.interfaceName;
  const origin = { file: path.resolve(file), ipPath };
  const renamed = recordsOf(origin.file, records).filter((one) => one.plan.interfaceName !== name);
  for (const former of renamed) await removeRecorded(former, isDryRun, records, context, log);
  if (isDryRun && renamed.length > 0) return exitStatus.success;
  const surveyed = await survey(machine, plan, records.all());
  if (surveyed.conflict !== undefined) {
    throw new EnvironmentError(surveyed.conflict, { errno: 'EBUSY', syscall: 'up' });
  }
  for (const text of surveyed.absent) log.warning('trusted-absent', absentText(text));
  for (const text of surveyed.rulesAhead) log.warning('rule-ahead', aheadText(text, plan));
  const steps = stepsUp(surveyed);
  if (isDryRun) return dryRun(steps, ipPath, context);
  const tools = { machine, records, signal: context.signal, origin };
  if (steps.length === 0) {
    await recordComplete(surveyed, tools);
    log.info('setup-up', `${name} is set up already`);
    return exitStatus.success;
  }
  await bringUp(surveyed, tools);
  const what = plan.isDefault ? 'everything' : listed(plan.prefixes.map(({ text }) => text));
  log.info('setup-up', `${name} is set up: ${what} leaves by the tunnel alone`);
  return exitStatus.success;
}

/** By the records of this file; what it says now is asked only where there are none. */
async function down(
  { file, isDryRun }: Change,
  records: RecordStore,
  context: SetUpContext,
  log: LineLogger,
): Promise<number> {
  const recorded = recordsOf(path.resolve(file), records);
  for (const one of recorded) await removeRecorded(one, isDryRun, records, context, log);
  if (recorded.length > 0) return exitStatus.success;
  const { plan, ipPath, machine } = await configuredBy(file, context, log);
  const surveyed = await survey(machine, plan, records.all());
  const left = whatIsUp(surveyed);
  if (left !== undefined)
    return remove(surveyed, left, isDryRun, { machine, records, ipPath }, context, log);
  if (!isDryRun) log.info('setup-down', `${plan.interfaceName} is not set up`);
  return exitStatus.success;
}

function report(
  request: Extract<Request, { command: 'status' | 'check' }>,
  surveyed: Survey,
  { warnings }: Configured,
  { stdout }: SetUpContext,
): number {
  const whole = reportOf(surveyed, [
    ...warnings,
    ...surveyed.absent.map(absentText),
    ...surveyed.rulesAhead.map((text) => aheadText(text, surveyed.plan)),
    ...networkdTexts(),
  ]);
  stdout(request.isJson ? `${JSON.stringify(whole, undefined, 2)}\n` : printReport(whole));
  if (request.command === 'check') {
    return whole.conflict === null ? exitStatus.success : exitStatus.runtime;
  }
  return whole.state === 'complete' ? exitStatus.success : exitStatus.notUp;
}

function absentText(name: string): string {
  return `trusted interface ${name} is not here; it is trusted with the next "up" after it has come`;
}

function aheadText(key: string, { isDefault }: Plan): string {
  const fate = isDefault ? 'is dropped by the firewall' : 'leaves this machine there';
  return `another program's rule comes before the tunnel's (${key}); what it leads elsewhere ${fate}`;
}

function networkdTexts(): string[] {
  const managed = managedByNetworkd();
  if (managed.length === 0) return [];
  return [
    `systemd-networkd removes rules and routes that you add by hand (${managed.join(', ')}); those of this program stay`,
  ];
}
