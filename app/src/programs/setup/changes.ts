/**
 * From wishes that are not fulfilled to what must be run, in the order in which no packet can slip through: what
 * forbids comes first and goes last. Pure.
 */
import type { KernelState } from './kernel-state.ts';
import type { Family } from './rule.ts';
import { linkAlias, tunnelMtu, type Wish } from './wish.ts';

export type Step =
  /** Lines for `nft -f`, which takes all of them or none. */
  | { readonly run: 'nft'; readonly text: string }
  /** Lines for `ip -batch`. */
  | { readonly run: 'ip'; readonly family: Family | undefined; readonly lines: readonly string[] }
  /** Files below /proc/sys/net. */
  | { readonly run: 'settings'; readonly values: readonly (readonly [string, string])[] };

/** `up`: towards more restrictions. */
export type Direction = 'up' | 'down';

/** `open`: wishes that the state does not fulfil. */
export function stepsFor(open: readonly Wish[], state: KernelState, direction: Direction): Step[] {
  const firewall = firewallText(open, state);
  const links = open.flatMap((wish) => linkLines(wish, state));
  const removals = links.filter((line) => line.startsWith('link del'));
  const values = open.flatMap((wish) =>
    wish.kind === 'setting' ? [[wish.name, wish.value] as const] : [],
  );
  const nft: Step = { run: 'nft', text: firewall };
  const ip: Step[] = [
    { run: 'ip', family: undefined, lines: links.filter((line) => !removals.includes(line)) },
    { run: 'settings', values },
    { run: 'ip', family: 6, lines: routingLines(open, 6) },
    { run: 'ip', family: 4, lines: routingLines(open, 4) },
    { run: 'ip', family: undefined, lines: removals },
  ];
  const steps = direction === 'up' ? [nft, ...ip] : [...ip, nft];
  return steps.filter((step) => !isEmpty(step));
}

function isEmpty(step: Step): boolean {
  switch (step.run) {
    case 'nft':
      return step.text === '';
    case 'ip':
      return step.lines.length === 0;
    case 'settings':
      return step.values.length === 0;
  }
}

function firewallText(open: readonly Wish[], state: KernelState): string {
  return open
    .map((wish) => {
      if (wish.kind !== 'firewall' && wish.kind !== 'no firewall') return '';
      const table = wish.kind === 'firewall' ? wish.firewall.table : wish.table;
      const removal = state.firewalls.has(table) ? `delete table inet ${table}\n` : '';
      return wish.kind === 'firewall' ? removal + wish.firewall.text : removal;
    })
    .join('');
}

function linkLines(wish: Wish, state: KernelState): string[] {
  switch (wish.kind) {
    case 'link': {
      const { name, owner } = wish;
      const isMade = state.link !== undefined;
      const attributes = isMade ? '' : ` alias ${linkAlias} addrgenmode none`;
      return [
        ...(isMade ? [] : [`tuntap add dev ${name} mode tun user ${owner}`]),
        `link set dev ${name} mtu ${tunnelMtu}${attributes} up`,
      ];
    }
    case 'no link':
      return [`link del dev ${wish.name}`];
    case 'group':
      return state.groups.has(wish.name) ? [`link set dev ${wish.name} group ${wish.group}`] : [];
    case 'rule':
    case 'route':
    case 'setting':
    case 'firewall':
    case 'no firewall':
      return [];
  }
}

/** Also what another program has added in the same words: the kernel does not keep both, and it was taken for ours. */
function removal(words: string): string {
  return words.replace(/ protocol kernel$/, '');
}

/** What is added comes before what is removed: one rule may take the place of another. */
function routingLines(open: readonly Wish[], family: Family): string[] {
  const lines = open.flatMap((wish) => {
    if (wish.kind === 'route' && wish.route.family === family) {
      // IPv6: beside the route of another tunnel to the same destination.
      const addition = family === 6 ? 'append' : 'add';
      const { words } = wish.route;
      return [wish.isThere ? `route ${addition} ${words}` : `route del ${removal(words)}`];
    }
    if (wish.kind === 'rule' && wish.rule.family === family) {
      const { words } = wish.rule;
      return [wish.isThere ? `rule add ${words}` : `rule del ${removal(words)}`];
    }
    return [];
  });
  // Routes before the rules that lead to them, and after them when both go.
  return [
    ...lines.filter((line) => /^route a/.test(line)),
    ...lines.filter((line) => line.startsWith('rule add')),
    ...lines.filter((line) => line.startsWith('rule del')),
    ...lines.filter((line) => line.startsWith('route del')),
  ];
}

/**
 * The wishes whose fulfilment restores what was there before others were carried out. A firewall that was there is
 * given by `former`.
 */
export function wayBack(
  wishes: readonly Wish[],
  before: KernelState,
  former: readonly Wish[],
): Wish[] {
  const restored = new Set(
    former.flatMap((wish) => (wish.kind === 'firewall' ? [wish.firewall.table] : [])),
  );
  const back = wishes.flatMap((wish): Wish[] => {
    switch (wish.kind) {
      case 'link':
        return before.link === undefined ? [{ kind: 'no link', name: wish.name }] : [];
      case 'rule': {
        const isThere = before.rules.some(({ key }) => key === wish.rule.key);
        return [{ ...wish, isThere }];
      }
      case 'route': {
        const isThere = before.routes.some(({ key }) => key === wish.route.key);
        return [{ ...wish, isThere }];
      }
      case 'group': {
        const group = before.groups.get(wish.name);
        return group === undefined ? [] : [{ ...wish, group }];
      }
      case 'setting': {
        const value = before.settings.get(wish.name);
        return value === undefined ? [] : [{ ...wish, value }];
      }
      case 'firewall': {
        const { table } = wish.firewall;
        return restored.has(table) ? [] : [{ kind: 'no firewall', table }];
      }
      case 'no link':
      case 'no firewall':
        return [];
    }
  });
  return [...back, ...former.filter(({ kind }) => kind === 'firewall')];
}
