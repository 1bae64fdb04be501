/**
 * One thing that is to be in the kernel, or not to be there. A set-up is a list of them; so is its removal, and so is
 * the way back from half of either. Whether a wish is fulfilled is asked of the kernel's state each time. Pure.
 */
import type { Firewall } from './firewall.ts';
import type { KernelState } from './kernel-state.ts';
import type { Route } from './route.ts';
import type { Rule } from './rule.ts';

export type Wish =
  /** A persistent TUN interface that is up. */
  | { readonly kind: 'link'; readonly name: string; readonly owner: string }
  | { readonly kind: 'no link'; readonly name: string }
  | { readonly kind: 'rule'; readonly rule: Rule; readonly isThere: boolean }
  | { readonly kind: 'route'; readonly route: Route; readonly isThere: boolean }
  | { readonly kind: 'group'; readonly name: string; readonly group: number }
  | { readonly kind: 'setting'; readonly name: string; readonly value: string }
  | { readonly kind: 'firewall'; readonly firewall: Firewall }
  | { readonly kind: 'no firewall'; readonly table: string };

/** By which an interface that this program made is recognized. */
export const linkAlias = 'enftun-setup';
export const tunnelMtu = 1280;

export function isFulfilled(wish: Wish, state: KernelState): boolean {
  switch (wish.kind) {
    case 'link':
      return (
        state.link?.isUp === true && state.link.mtu === tunnelMtu && state.link.owner === wish.owner
      );
    case 'no link':
      return state.link === undefined;
    case 'rule':
      return state.rules.some(({ key }) => key === wish.rule.key) === wish.isThere;
    case 'route':
      return state.routes.some(({ key }) => key === wish.route.key) === wish.isThere;
    case 'group':
      return state.groups.get(wish.name) === wish.group;
    case 'setting':
      return state.settings.get(wish.name) === wish.value;
    case 'firewall':
      return state.firewalls.get(wish.firewall.table) === wish.firewall.stamp;
    case 'no firewall':
      return !state.firewalls.has(wish.table);
  }
}

export function unfulfilled(wishes: readonly Wish[], state: KernelState): Wish[] {
  return wishes.filter((wish) => !isFulfilled(wish, state));
}

/** For a person: what is missing, or left. */
export function describe(wish: Wish): string {
  switch (wish.kind) {
    case 'link':
      return `interface ${wish.name}, up, with an MTU of ${tunnelMtu}, of user ${wish.owner}`;
    case 'no link':
      return `no interface ${wish.name}`;
    case 'rule':
      return `${wish.isThere ? '' : 'no '}IPv${wish.rule.family} rule "${wish.rule.words}"`;
    case 'route':
      return `${wish.isThere ? '' : 'no '}IPv${wish.route.family} route "${wish.route.words}"`;
    case 'group':
      return `group ${wish.group} of interface ${wish.name}`;
    case 'setting':
      return `setting net/${wish.name} = ${wish.value}`;
    case 'firewall':
      return `firewall table inet ${wish.firewall.table}, unchanged`;
    case 'no firewall':
      return `no firewall table inet ${wish.table}`;
  }
}
