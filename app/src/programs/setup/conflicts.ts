/** What on this machine keeps a set-up from working, or leads around it. Pure. */
import type { KernelState } from './kernel-state.ts';
import type { Plan } from './plan.ts';
import { priorities, routesOf, rulesOf } from './routing.ts';

/** Why `up` must not begin, with the next step; undefined if it may. */
export function conflictOf(
  plan: Plan,
  state: KernelState,
  /** Of this interface, as it was set up before, and of the other tunnels. */
  known: readonly Plan[],
): string | undefined {
  const { interfaceName: name, table, isDefault } = plan;
  const { link } = state;
  if (link !== undefined && !(link.isTun && link.isPersistent)) {
    const what = link.isTun ? 'belongs to a program that runs' : 'is not a TUN interface';
    return `interface ${name} exists and ${what}; end that program, or set tun.dev to another name`;
  }
  if (!isDefault) return undefined;
  const others = known.filter((other) => other.interfaceName !== name && other.isDefault);
  const rival = others.find((other) => other.table === table);
  if (rival !== undefined) {
    return `table ${table} belongs to the tunnel ${rival.interfaceName}; set route.table to another number`;
  }
  const ours = new Set([plan, ...known].flatMap((one) => routesOf(one).map(({ key }) => key)));
  const foreign = state.routes.find((route) => route.table === table && !ours.has(route.key));
  if (foreign === undefined) return undefined;
  return `table ${table} is in use (${foreign.key}); set route.table to a number that is free`;
}

/**
 * Rules of other programs that are asked before the policy. They can only lead into the firewall, which drops what
 * leaves the tunnel; what they were made for does not work.
 */
export function rulesAhead(plan: Plan, state: KernelState, known: readonly Plan[]): string[] {
  if (!plan.isDefault) return [];
  const ours = new Set([plan, ...known].flatMap((one) => rulesOf(one).map(({ key }) => key)));
  return state.rules
    .filter(({ priority, key }) => priority > 0 && priority <= priorities.policy && !ours.has(key))
    .map(({ key }) => key);
}

/** Trusted interfaces that are not here (yet), or that another program has put into a group of its own. */
export function absentInterfaces({ trusted, isDefault }: Plan, state: KernelState): string[] {
  return isDefault ? trusted.filter((name) => !state.groups.has(name)) : [];
}
