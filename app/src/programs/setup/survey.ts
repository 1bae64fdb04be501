/** The plan of a configuration, what is recorded, and what the kernel reports, brought together for every command. */
import { formatConfigWarning } from '../../config/config-warning.ts';
import { loadConfig } from '../../config/load.ts';
import { absentInterfaces, conflictOf, rulesAhead } from './conflicts.ts';
import type { KernelState } from './kernel-state.ts';
import type { Machine } from './machine.ts';
import { planOf, rootUser, serverInside, serviceUser, type Plan } from './plan.ts';
import type { SetUpRecord } from './record.ts';
import { foundBy, linkSettings, plansOf, validMark, wishesUp, type Found } from './set-up.ts';
import { linkAlias, unfulfilled, type Wish } from './wish.ts';

export interface Configured {
  readonly plan: Plan;
  readonly ipPath: string;
  /** Of the configuration: formatted, with file and line. */
  readonly warnings: readonly string[];
}

/** Throws ConfigError. */
export function readPlan(file: string): {
  at: (owner: string) => Configured;
  ipPath: string;
} {
  const { config, warnings } = loadConfig(file);
  const ipPath = config.tun.ipPath;
  const inside = serverInside(config);
  const texts = [
    ...warnings.map(formatConfigWarning),
    ...(inside === undefined ? [] : [`${file}: remote.hosts: ${inside}`]),
  ];
  return { ipPath, at: (owner) => ({ plan: planOf(config, owner), ipPath, warnings: texts }) };
}

export interface Survey {
  readonly plan: Plan;
  readonly state: KernelState;
  /** Of this interface, by an earlier `up`. */
  readonly earlier: SetUpRecord | undefined;
  readonly others: readonly SetUpRecord[];
  /** Of the two before. */
  readonly known: readonly Plan[];
  readonly found: Found;
  /** What `up` is to bring about. */
  readonly wishes: readonly Wish[];
  readonly conflict: string | undefined;
  readonly rulesAhead: readonly string[];
  readonly absent: readonly string[];
}

export async function ownerOn(machine: Machine): Promise<string> {
  return (await machine.hasUser(serviceUser)) ? serviceUser : rootUser;
}

export async function survey(
  machine: Machine,
  plan: Plan,
  records: ReadonlyMap<string, SetUpRecord>,
): Promise<Survey> {
  const { interfaceName } = plan;
  const earlier = records.get(interfaceName);
  const others = [...records.values()].filter((one) => one.plan.interfaceName !== interfaceName);
  const known = [...(earlier === undefined ? [] : [earlier]), ...others].flatMap(plansOf);
  const state = await askKernel(machine, plan, known);
  const found = foundBy(plan, state, earlier?.found, others);
  return {
    plan,
    state,
    earlier,
    others,
    known,
    found,
    wishes: wishesUp(plan, found, others, earlier, state),
    conflict: conflictOf(plan, state, known, earlier?.isMade === true),
    rulesAhead: rulesAhead(plan, state, known),
    absent: absentInterfaces(plan, state),
  };
}

export function askKernel(
  machine: Machine,
  plan: Plan,
  known: readonly Plan[],
): Promise<KernelState> {
  return machine.state({
    interfaceName: plan.interfaceName,
    settings: [validMark, ...Object.keys(linkSettings(plan.interfaceName))],
    withFirewall: [plan, ...known].some(({ isDefault }) => isDefault),
  });
}

/** The interface was made by `up`, and not by another program before. */
export function isMadeByUp({ earlier, state }: Survey): boolean {
  return earlier?.isMade === true || state.link === undefined || state.link.alias === linkAlias;
}

export function missingOf({ wishes, state }: Survey): Wish[] {
  return unfulfilled(wishes, state);
}
