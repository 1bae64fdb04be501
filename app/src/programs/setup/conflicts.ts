/** What on this machine keeps a set-up from working, or leads around it. Pure. */
import type { KernelState, LinkState } from './kernel-state.ts';
import type { Plan } from './plan.ts';
import { needsTable, priorities, routesOf, rulesOf } from './routing.ts';
import { linkAlias } from './wish.ts';

/** Why `up` must not begin, with the next step; undefined if it may. */
export function conflictOf(
  plan: Plan,
  state: KernelState,
  /** Of this interface, as it was set up before, and of the other tunnels. */
  known: readonly Plan[],
  /** The interface was made by an earlier `up`, which may have been cut off before it left its alias. */
  isMade: boolean,
): string | undefined {
  const { interfaceName: name, table } = plan;
  const usurped = state.link === undefined ? undefined : foreignLink(plan, state.link, isMade);
  if (usurped !== undefined) return `interface ${name} exists and ${usurped}`;
  if (!needsTable(plan)) return undefined;
  const others = known.filter((other) => other.interfaceName !== name && needsTable(other));
  const rival = others.find((other) => other.table === table);
  if (rival !== undefined) {
    return `table ${table} belongs to the tunnel ${rival.interfaceName}; set route.table to another number`;
  }
  const ours = new Set([plan, ...known].flatMap((one) => routesOf(one).map(({ key }) => key)));
  const foreign = state.routes.find((route) => route.table === table && !ours.has(route.key));
  if (foreign === undefined) return undefined;
  return `table ${table} is in use (${foreign.key}); set route.table to a number that is free`;
}

/** An interface that was there before is left alone: what it was could not be restored as a whole. */
function foreignLink({ owner }: Plan, link: LinkState, isMade: boolean): string | undefined {
  const rename = 'set tun.dev to another name';
  if (!link.isTun) return `is not a TUN interface; ${rename}`;
  if (!link.isPersistent) {
    return `belongs to a program that runs; end that program, or ${rename}`;
  }
  if (!isMade && link.alias !== linkAlias) {
    return `was made by another program; delete it, or ${rename}`;
  }
  if (link.owner === owner) return undefined;
  const found =
    link.owner === undefined ? 'is open to every user' : `belongs to user ${link.owner}`;
  return `${found} instead of ${owner}; run "enftun-setup down" and "enftun-setup up"`;
}

/**
 * Rules of other programs that are asked before those of the plan. With the policy `default` they can only lead into
 * the firewall, which drops what leaves the tunnel; without it, what they lead elsewhere leaves there.
 */
export function rulesAhead(plan: Plan, state: KernelState, known: readonly Plan[]): string[] {
  if (!needsTable(plan)) return [];
  const last = plan.isDefault ? priorities.policy : priorities.prefixEnd;
  const ours = new Set([plan, ...known].flatMap((one) => rulesOf(one).map(({ key }) => key)));
  return state.rules
    .filter(({ priority, key }) => priority > 0 && priority <= last && !ours.has(key))
    .map(({ key }) => key);
}

/** Trusted interfaces that are not here (yet), or that another program has put into a group of its own. */
export function absentInterfaces({ trusted, isDefault }: Plan, state: KernelState): string[] {
  return isDefault ? trusted.filter((name) => !state.groups.has(name)) : [];
}
