/** Carries out one `enftun-setup` command and returns the exit status. */
import { ConfigError, EnvironmentError } from '../../core/errors.ts';
import { carryOut, statusOfError } from '../../platform/command-line/carry-out.ts';
import { exitStatus } from '../../platform/exit-status.ts';
import { withFileLock } from '../../platform/file-lock.ts';
import type { LineLogger } from '../../platform/log.ts';
import type { ProgramContext } from '../../platform/program.ts';
import { bringUp, stepsUp } from './bring-up.ts';
import type { Step } from './changes.ts';
import { parseCommandLine, type Request } from './command-line.ts';
import { table } from './command-table.ts';
import { Machine } from './machine.ts';
import { managedByNetworkd } from './networkd.ts';
import { rootUser, type Plan } from './plan.ts';
import { printSteps } from './print-steps.ts';
import { RecordStore } from './record.ts';
import { printReport, reportOf } from './report.ts';
import type { RunCommand } from './run-command.ts';
import { ownerOn, readPlan, survey, type Configured, type Survey } from './survey.ts';
import { stepsDown, takeDown, whatIsUp } from './take-down.ts';

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
  const read = readPlan(request.file);
  // What the file alone forbids is reported before anything is asked of the machine.
  const { plan, warnings } = read.at(rootUser);
  for (const warning of warnings) log.warning('config-warning', warning);
  const machine = new Machine(context.run, read.ipPath);
  const owner = await ownerOn(machine);
  const records = new RecordStore(context.recordFolder);
  const configured: Configured = { plan: { ...plan, owner }, ipPath: read.ipPath, warnings };
  // Two tunnels share some rules, and each has a part in the firewall of the other.
  return withFileLock(context.recordFolder, async () => {
    const surveyed = await survey(machine, configured.plan, records.all());
    const tools = { machine, records, signal: context.signal };
    switch (request.command) {
      case 'up':
        return up(surveyed, configured, request.isDryRun, tools, context, log);
      case 'down':
        return down(surveyed, configured, request.isDryRun, tools, context, log);
      case 'status':
      case 'check':
        return report(request, surveyed, configured, context);
    }
  });
}

type Tools = Parameters<typeof bringUp>[1];

async function up(
  surveyed: Survey,
  { plan, ipPath }: Configured,
  isDryRun: boolean,
  tools: Tools,
  context: SetUpContext,
  log: LineLogger,
): Promise<number> {
  const name = plan.interfaceName;
  if (surveyed.conflict !== undefined) {
    throw new EnvironmentError(surveyed.conflict, { errno: 'EBUSY', syscall: 'up' });
  }
  for (const text of surveyed.absent) log.warning('trusted-absent', absentText(text));
  for (const text of surveyed.rulesAhead) log.warning('rule-ahead', aheadText(text, plan));
  const steps = stepsUp(surveyed);
  if (isDryRun) return dryRun(steps, ipPath, context);
  if (steps.length === 0) {
    log.info('setup-up', `${name} is set up already`);
    return exitStatus.success;
  }
  await bringUp(surveyed, tools);
  const what = plan.isDefault ? 'everything' : plan.prefixes.map(({ text }) => text).join(', ');
  log.info('setup-up', `${name} is set up: ${what} leaves by the tunnel alone`);
  return exitStatus.success;
}

async function down(
  surveyed: Survey,
  { plan, ipPath }: Configured,
  isDryRun: boolean,
  tools: Tools,
  context: SetUpContext,
  log: LineLogger,
): Promise<number> {
  const recorded = whatIsUp(surveyed);
  if (recorded === undefined) {
    if (!isDryRun) log.info('setup-down', `${plan.interfaceName} is not set up`);
    return exitStatus.success;
  }
  if (isDryRun) return dryRun(stepsDown(surveyed, recorded), ipPath, context);
  await takeDown(surveyed, recorded, tools);
  log.info('setup-down', `${plan.interfaceName} is removed; the network of this machine is open`);
  return exitStatus.success;
}

function dryRun(steps: readonly Step[], ipPath: string, { stdout }: SetUpContext): number {
  if (steps.length > 0) stdout(printSteps(steps, ipPath));
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
