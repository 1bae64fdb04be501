/** `enftun-setup down`: removes what `up` has made, whatever is left of it, and restores what `up` has changed. */
import { EnvironmentError } from '../../core/errors.ts';
import { stepsFor, type Step } from './changes.ts';
import type { Machine } from './machine.ts';
import type { RecordStore, SetUpRecord } from './record.ts';
import { wishesDown } from './set-up.ts';
import { askKernel, type Survey } from './survey.ts';
import { describe, linkAlias, unfulfilled, type Wish } from './wish.ts';

/** What an `up` has left, whatever its configuration says now. */
export type Removal = Omit<SetUpRecord, 'file' | 'ipPath'>;

/** Undefined: nothing was set up. Without a record, the interface itself shows that `up` was here. */
export function whatIsUp({ plan, state, earlier, found }: Survey): Removal | undefined {
  if (earlier !== undefined) return earlier;
  if (state.link?.alias !== linkAlias) return undefined;
  return { plan, found: { ...found, validMark: null }, formers: [], isMade: true };
}

export function stepsDown(surveyed: Survey, recorded: Removal): Step[] {
  const open = unfulfilled(wishesOf(surveyed, recorded), surveyed.state);
  return stepsFor(open, surveyed.state, 'down');
}

function wishesOf({ others, state }: Survey, recorded: Removal): Wish[] {
  return wishesDown(recorded, others, recorded.isMade && state.link !== undefined, state);
}

/** Rejects with an EnvironmentError that names what is left; what could be removed is removed then, too. */
export async function takeDown(
  surveyed: Survey,
  recorded: Removal,
  { machine, records }: { readonly machine: Machine; readonly records: RecordStore },
): Promise<void> {
  const failures: EnvironmentError[] = [];
  for (const step of stepsDown(surveyed, recorded)) {
    try {
      await machine.carryOut(step, { force: true });
    } catch (error) {
      if (!(error instanceof EnvironmentError)) throw error;
      failures.push(error);
    }
  }
  const state = await askKernel(machine, surveyed.plan, [recorded.plan, ...surveyed.known]);
  const left = unfulfilled(wishesOf(surveyed, recorded), state);
  if (left.length > 0) {
    const wanted = left.map(describe).join(', ');
    const reason = failures[0] === undefined ? '' : ` (${failures[0].message})`;
    throw new EnvironmentError(`not done: ${wanted}${reason}; run it again`, {
      errno: 'EIO',
      syscall: 'down',
      cause: failures[0],
    });
  }
  records.remove(recorded.plan.interfaceName);
}
