/** A plan, and the plans of the tunnels beside it, as wishes: to be up, and to be down again. Pure. */
import { firewallOf, firewallTable } from './firewall.ts';
import type { KernelState } from './kernel-state.ts';
import type { Plan } from './plan.ts';
import { routesOf, rulesOf } from './routing.ts';
import { linkAlias, type Wish } from './wish.ts';

/** What `up` has found, for `down` to restore. */
export interface Found {
  /** Interfaces that `up` has moved out of group 0. */
  readonly regrouped: readonly string[];
  /** The former value of src_valid_mark; null: it was not changed. */
  readonly validMark: string | null;
}

/** A tunnel whose set-up was begun. */
export interface Recorded {
  readonly plan: Plan;
  readonly found: Found;
  /** Of other configurations, whose set-up was not replaced to the end. */
  readonly formers: readonly Plan[];
}

/** Each is a configuration that was changed while the set-up before it was cut off. */
const mostFormers = 8;

/**
 * Answers of the server carry the mark of their connection, and the kernel must use it where it checks that they came
 * by the right interface (rp_filter): without it, the blackhole of everything unmarked is what it finds.
 */
export const validMark = 'ipv4/conf/all/src_valid_mark';

export function linkSettings(name: string): Record<string, string> {
  return {
    [`ipv6/conf/${name}/disable_ipv6`]: '0',
    // Routes through the tunnel are this program's: the ENF does not advertise any to this machine.
    [`ipv6/conf/${name}/accept_ra`]: '0',
    [`ipv6/conf/${name}/router_solicitations`]: '0',
  };
}

/** Of trusted interfaces, one for all tunnels: the routing policy asks only for groups other than 0. */
export const trustedGroup = 363;

/** What an `up` of this plan finds and changes now, together with what an earlier one and other tunnels have. */
export function foundBy(
  plan: Plan,
  state: KernelState,
  earlier: Found | undefined,
  others: readonly Recorded[],
): Found {
  if (!plan.isDefault) return { regrouped: [], validMark: null };
  const known = new Set(others.flatMap(({ found }) => found.regrouped));
  const isLost = earlier === undefined && state.link?.alias === linkAlias;
  const isOurs = (name: string): boolean =>
    state.groups.get(name) === 0 ||
    earlier?.regrouped.includes(name) === true ||
    known.has(name) ||
    // Its record was lost, with the folder /run.
    (state.link?.alias === linkAlias && state.groups.get(name) === trustedGroup);
  const former = [earlier, ...others.map(({ found }) => found)].find(
    (found) => (found?.validMark ?? null) !== null,
  );
  return {
    regrouped: plan.trusted.filter((name) => state.groups.has(name) && isOurs(name)),
    // With the record, the former value was lost.
    validMark: former?.validMark ?? (isLost ? null : (state.settings.get(validMark) ?? null)),
  };
}

/** All that an `up` of this plan leaves to remove, until it is complete; then only its own part is kept. */
export function recordedWhile(plan: Plan, found: Found, earlier: Recorded | undefined): Recorded {
  if (earlier === undefined) return { plan, found, formers: [] };
  const key = JSON.stringify(plan);
  const formers = plansOf(earlier).filter((former) => JSON.stringify(former) !== key);
  const regrouped = new Set([...found.regrouped, ...earlier.found.regrouped]);
  const former = found.validMark ?? earlier.found.validMark;
  return {
    plan,
    found: { regrouped: [...regrouped], validMark: former },
    formers: formers.slice(0, mostFormers),
  };
}

export function plansOf({ plan, formers }: Recorded): Plan[] {
  return [plan, ...formers];
}

export function wishesUp(
  plan: Plan,
  found: Found,
  others: readonly Recorded[],
  earlier: Recorded | undefined,
  state: KernelState,
): Wish[] {
  const { interfaceName: name } = plan;
  const kept = others.map((other) => other.plan);
  const isTrusted = new Set(found.regrouped);
  const left = earlier?.found.regrouped.filter((one) => !isTrusted.has(one)) ?? [];
  const formers = earlier === undefined ? [] : plansOf(earlier);
  return [
    ...firewalls([plan, ...kept]),
    ...(plan.isDefault ? [] : without(formers, kept, earlier?.found)),
    { kind: 'link', name, owner: plan.owner },
    ...found.regrouped.map((one): Wish => ({ kind: 'group', name: one, group: trustedGroup })),
    ...ungrouped(left, others, state),
    ...Object.entries(linkSettings(name)).map(([setting, value]): Wish => {
      return { kind: 'setting', name: setting, value };
    }),
    ...(plan.isDefault ? [{ kind: 'setting', name: validMark, value: '1' } as const] : []),
    ...presence([plan], [], true),
    ...presence(formers, [plan, ...kept], false),
  ];
}

export function wishesDown(
  recorded: Recorded,
  others: readonly Recorded[],
  isMade: boolean,
  state: KernelState,
): Wish[] {
  const { plan, found } = recorded;
  const plans = plansOf(recorded);
  const kept = others.map((other) => other.plan);
  return [
    ...presence(plans, kept, false),
    ...ungrouped(found.regrouped, others, state),
    ...(isMade ? [{ kind: 'no link', name: plan.interfaceName } as const] : []),
    ...firewalls(kept),
    ...without(plans, kept, found),
  ];
}

/** What no other tunnel trusts goes back, unless another program has moved it on meanwhile. */
function ungrouped(
  names: readonly string[],
  others: readonly Recorded[],
  state: KernelState,
): Wish[] {
  const stillTrusted = new Set(others.flatMap((other) => other.found.regrouped));
  return names
    .filter((name) => !stillTrusted.has(name) && state.groups.get(name) === trustedGroup)
    .map((name) => ({ kind: 'group', name, group: 0 }));
}

/** The policy `default` of these plans of one interface is over. */
function without(plans: readonly Plan[], kept: readonly Plan[], found: Found | undefined): Wish[] {
  const former = plans.find(({ isDefault }) => isDefault);
  if (former === undefined) return [];
  const isNeeded = kept.some(({ isDefault }) => isDefault);
  const value = found?.validMark ?? null;
  return [
    { kind: 'no firewall', table: firewallTable(former.interfaceName) },
    ...(isNeeded || value === null ? [] : [{ kind: 'setting', name: validMark, value } as const]),
  ];
}

/** Of every tunnel with the policy `default`; each lets the others through. */
export function firewalls(plans: readonly Plan[]): Wish[] {
  return plans
    .filter(({ isDefault }) => isDefault)
    .map((plan) => ({
      kind: 'firewall',
      firewall: firewallOf(
        plan,
        plans.filter((other) => other !== plan),
      ),
    }));
}

/** The rules and routes of `plans`, to be there or not; what `others` need is left out. */
function presence(plans: readonly Plan[], others: readonly Plan[], isThere: boolean): Wish[] {
  const needed = new Set(
    others.flatMap((plan) => [...rulesOf(plan), ...routesOf(plan)].map(({ key }) => key)),
  );
  return plans.flatMap((plan): Wish[] => [
    ...routesOf(plan)
      .filter(({ key }) => !needed.has(key))
      .map((route): Wish => ({ kind: 'route', route, isThere })),
    ...rulesOf(plan)
      .filter(({ key }) => !needed.has(key))
      .map((rule): Wish => ({ kind: 'rule', rule, isThere })),
  ]);
}
