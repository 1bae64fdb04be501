/** `enftun-setup up`: all of a set-up, or the machine as it was. */
import { EnvironmentError } from '../../core/errors.ts';
import { stepsFor, wayBack, type Step } from './changes.ts';
import type { KernelState } from './kernel-state.ts';
import type { Machine } from './machine.ts';
import type { RecordStore, SetUpRecord } from './record.ts';
import { firewalls, recordedWhile } from './set-up.ts';
import { askKernel, isMadeByUp, missingOf, type Survey } from './survey.ts';
import { describe, isFulfilled, unfulfilled, type Wish } from './wish.ts';

export interface UpContext {
  readonly machine: Machine;
  readonly records: RecordStore;
  readonly signal: AbortSignal;
  /** Of the configuration, for the record. */
  readonly origin: Pick<SetUpRecord, 'file' | 'ipPath'>;
}

export function stepsUp(surveyed: Survey): Step[] {
  return stepsFor(missingOf(surveyed), surveyed.state, 'up');
}

/** Rejects with an EnvironmentError after it has restored what it found. */
export async function bringUp(surveyed: Survey, context: UpContext): Promise<void> {
  const { machine, records, signal, origin } = context;
  const { plan, found, earlier } = surveyed;
  const isMade = isMadeByUp(surveyed);
  await records.write({ ...recordedWhile(plan, found, earlier), isMade, ...origin });
  try {
    for (const step of stepsUp(surveyed)) {
      if (signal.aborted) throw stopped();
      await machine.carryOut(step);
    }
    await verify(surveyed, machine);
  } catch (cause) {
    if (!(cause instanceof EnvironmentError)) throw cause;
    throw await afterRollback(surveyed, context, cause);
  }
  await recordComplete(surveyed, context);
}

/** Also of what was there already, should its record have been lost with the folder. */
export async function recordComplete(
  surveyed: Survey,
  { records, origin }: UpContext,
): Promise<void> {
  const { plan, found } = surveyed;
  await records.write({ plan, found, formers: [], isMade: isMadeByUp(surveyed), ...origin });
}

/** The kernel may accept a command and do something else. */
async function verify(surveyed: Survey, machine: Machine): Promise<void> {
  const left = unfulfilled(surveyed.wishes, await askAgain(surveyed, machine)).map(describe);
  if (left.length === 0) return;
  throw new EnvironmentError(
    `the kernel reports no ${left.join(', ')}, although it was set; another program may have removed it`,
    { errno: 'EAGAIN', syscall: 'verify' },
  );
}

/** Goes on when it is stopped, and when a step fails: half of a set-up is worse than none. */
async function afterRollback(
  surveyed: Survey,
  { machine, records }: UpContext,
  cause: EnvironmentError,
): Promise<EnvironmentError> {
  const { plan, state, earlier, others } = surveyed;
  const former = [...(earlier === undefined ? [] : [earlier]), ...others].map((one) => one.plan);
  const wasThere = firewalls(former).filter(
    (wish) => wish.kind === 'firewall' && state.firewalls.has(wish.firewall.table),
  );
  const back = wayBack(missingOf(surveyed), state, wasThere);
  const failures: string[] = [];
  try {
    const now = await askAgain(surveyed, machine);
    for (const step of stepsFor(openForSure(back, now), now, 'down')) {
      await machine.carryOut(step, { force: true }).catch((error: unknown) => {
        failures.push(String((error as Error).message));
      });
    }
    const left = unfulfilled(back, await askAgain(surveyed, machine));
    if (left.length === 0) failures.length = 0;
  } catch (error) {
    failures.push(String((error as Error).message));
  }
  if (failures.length === 0) await restoreRecord(plan.interfaceName, earlier, records);
  const end =
    failures.length === 0
      ? 'the machine is as it was before'
      : `and it could not be undone: ${failures.join('; ')}; run "enftun-setup down"`;
  const { errno, syscall } = cause;
  return new EnvironmentError(`${cause.message}; ${end}`, { errno, syscall, cause });
}

/** What iproute2 may have added is deleted in any case, should it report it in words that are not recognized. */
function openForSure(back: readonly Wish[], now: KernelState): Wish[] {
  return back.filter(
    (wish) =>
      !isFulfilled(wish, now) || ((wish.kind === 'rule' || wish.kind === 'route') && !wish.isThere),
  );
}

async function restoreRecord(
  interfaceName: string,
  earlier: SetUpRecord | undefined,
  records: RecordStore,
): Promise<void> {
  if (earlier === undefined) records.remove(interfaceName);
  else await records.write(earlier);
}

function askAgain({ plan, known }: Survey, machine: Machine): Promise<KernelState> {
  return askKernel(machine, plan, known);
}

function stopped(): EnvironmentError {
  return new EnvironmentError('stopped before it was complete', {
    errno: 'ECANCELED',
    syscall: 'up',
  });
}
