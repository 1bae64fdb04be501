/**
 * Tunnels that come and go in any order, each cut off at any point, on a model of the kernel: in the end everything is
 * as it was in the beginning.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stepsFor, wayBack } from '../../../../src/programs/setup/changes.ts';
import type { KernelState } from '../../../../src/programs/setup/kernel-state.ts';
import type { Plan } from '../../../../src/programs/setup/plan.ts';
import {
  foundBy,
  recordedWhile,
  wishesDown,
  wishesUp,
  type Recorded,
} from '../../../../src/programs/setup/set-up.ts';
import { isFulfilled, unfulfilled, type Wish } from '../../../../src/programs/setup/wish.ts';
import { bareState, plan } from './plans.ts';

const madeLink = {
  isTun: true,
  isPersistent: true,
  owner: 'enftun',
  mtu: 1280,
  isUp: true,
  alias: 'enftun-setup',
};

/** What the kernel is after one wish; the interfaces of all tunnels share the one member `link`. */
function fulfil(state: KernelState, wish: Wish): KernelState {
  switch (wish.kind) {
    case 'link': {
      const { name } = wish;
      const groups = new Map([...state.groups, [name, state.groups.get(name) ?? 0] as const]);
      return { ...state, link: madeLink, groups };
    }
    case 'no link': {
      const groups = new Map(state.groups);
      groups.delete(wish.name);
      return { ...state, link: undefined, groups };
    }
    case 'rule': {
      const rules = state.rules.filter(({ key }) => key !== wish.rule.key);
      return { ...state, rules: wish.isThere ? [...rules, wish.rule] : rules };
    }
    case 'route': {
      const routes = state.routes.filter(({ key }) => key !== wish.route.key);
      const table = 0; // not looked at here
      return { ...state, routes: wish.isThere ? [...routes, { ...wish.route, table }] : routes };
    }
    case 'group':
      return { ...state, groups: new Map([...state.groups, [wish.name, wish.group]]) };
    case 'setting':
      return { ...state, settings: new Map([...state.settings, [wish.name, wish.value]]) };
    case 'firewall': {
      const { table, stamp } = wish.firewall;
      return { ...state, firewalls: new Map([...state.firewalls, [table, stamp]]) };
    }
    case 'no firewall': {
      const firewalls = new Map(state.firewalls);
      firewalls.delete(wish.table);
      return { ...state, firewalls };
    }
  }
}

const sorted = (keys: Iterable<string>): string[] => [...keys].toSorted();

/** Without the settings of the tunnels' own interfaces, which end with them. */
function picture(state: KernelState): unknown {
  return {
    rules: sorted(state.rules.map(({ key }) => key)),
    routes: sorted(state.routes.map(({ key }) => key)),
    groups: sorted([...state.groups].map(String)),
    firewalls: sorted([...state.firewalls].map(String)),
    validMark: state.settings.get('ipv4/conf/all/src_valid_mark'),
  };
}

/** One machine with up to three tunnels. */
class Model {
  state = bareState();
  readonly records = new Map<string, Recorded>();

  #others(name: string): Recorded[] {
    const others = [...this.records.values()].filter((one) => one.plan.interfaceName !== name);
    return others.toSorted((a, b) => (a.plan.interfaceName < b.plan.interfaceName ? -1 : 1));
  }

  #see(name: string): KernelState {
    return { ...this.state, link: this.state.groups.has(name) ? madeLink : undefined };
  }

  /** `cut`: how many of the changes are made before the program is killed. */
  up(wanted: Plan, cut = Infinity): Wish[] {
    const name = wanted.interfaceName;
    const state = this.#see(name);
    const earlier = this.records.get(name);
    const others = this.#others(name);
    const found = foundBy(wanted, state, earlier?.found, others);
    const wishes = wishesUp(wanted, found, others, earlier, state);
    this.records.set(name, recordedWhile(wanted, found, earlier));
    const left = this.#carryOut(wishes, state, name, cut);
    if (left.length === 0) this.records.set(name, { plan: wanted, found, formers: [] });
    return left;
  }

  down(name: string, cut = Infinity): void {
    const recorded = this.records.get(name);
    if (recorded === undefined) return;
    const state = this.#see(name);
    const wishes = wishesDown(recorded, this.#others(name), state.link !== undefined, state);
    const left = this.#carryOut(wishes, state, name, cut);
    if (left.length === 0) this.records.delete(name);
  }

  #carryOut(wishes: readonly Wish[], state: KernelState, name: string, cut: number): Wish[] {
    const open = unfulfilled(wishes, state);
    for (const wish of open.slice(0, cut)) this.state = fulfil(this.state, wish);
    return unfulfilled(wishes, this.#see(name));
  }
}

const plans = [
  plan({ trusted: ['lan'] }),
  plan({ interfaceName: 'enf1', mark: 364, table: 2098, trusted: ['lan', 'dmz', 'absent'] }),
  plan({
    interfaceName: 'enf2',
    mark: 365,
    isDefault: false,
    prefixes: [{ text: '2001:db8::/32', isMulticast: false }],
  }),
];
const event = fc.record({
  which: fc.nat(2),
  what: fc.constantFrom('up', 'down'),
  /** Another configuration of the same tunnel. */
  isOther: fc.boolean(),
  cut: fc.option(fc.nat(25), { nil: Infinity }),
});

function planOf({ which, isOther }: { which: number; isOther: boolean }): Plan {
  const base = plans[which]!;
  return isOther ? { ...base, mark: base.mark + 100, table: base.table + 10 } : base;
}

describe('setup/set-up', () => {
  it('leaves nothing behind, whatever happened', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 12 }), (events) => {
        const model = new Model();
        const before = picture(model.state);
        for (const one of events) {
          if (one.what === 'up') model.up(planOf(one), one.cut);
          else model.down(plans[one.which]!.interfaceName, one.cut);
        }
        for (const { interfaceName } of plans) model.down(interfaceName);
        assert.equal(model.records.size, 0);
        assert.deepEqual(picture(model.state), before);
      }),
    );
  });

  it('is complete after an up, whatever happened before, and another up has nothing to do', () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), fc.nat(2), (events, last) => {
        const model = new Model();
        for (const one of events) {
          if (one.what === 'up') model.up(planOf(one), one.cut);
          else model.down(plans[one.which]!.interfaceName, one.cut);
        }
        assert.deepEqual(model.up(plans[last]!), []);
        const before = picture(model.state);
        assert.deepEqual(model.up(plans[last]!, 0), []);
        assert.deepEqual(picture(model.state), before);
      }),
    );
  });

  it('finds its way back from any part of an up', () => {
    const before = bareState();
    const wanted = plan({ trusted: ['lan'] });
    const wishes = wishesUp(wanted, foundBy(wanted, before, undefined, []), [], undefined, before);
    for (let count = 0; count <= wishes.length; count++) {
      const half = wishes.slice(0, count).reduce(fulfil, before);
      const back = unfulfilled(wayBack(wishes, before, []), half);
      assert.deepEqual(picture(back.reduce(fulfil, half)), picture(before), `after ${count}`);
    }
  });

  it('leaves the group of another program alone, and names of interfaces that are not here', () => {
    const wanted = plan({ trusted: ['lan', 'dmz', 'absent'] });
    const { regrouped } = foundBy(wanted, bareState(), undefined, []);
    assert.deepEqual(regrouped, ['lan']);
  });

  it('closes the firewall before it changes routes, and opens it after them', () => {
    const before = bareState();
    const wanted = plan();
    const wishes = wishesUp(wanted, foundBy(wanted, before, undefined, []), [], undefined, before);
    const up = stepsFor(wishes, before, 'up').map(({ run }) => run);
    assert.deepEqual(up, ['nft', 'ip', 'settings', 'ip', 'ip']);
    const made = wishes.reduce(fulfil, before);
    const found = { regrouped: [], validMark: '0' };
    const gone = wishesDown({ plan: wanted, found, formers: [] }, [], true, made);
    const open = gone.filter((wish) => !isFulfilled(wish, made));
    assert.equal(stepsFor(open, made, 'down').at(-1)?.run, 'nft');
  });

  it('replaces a firewall in one transaction', () => {
    const state = bareState({ firewalls: new Map([['enftun_enf0', undefined]]) });
    const wanted = plan();
    const wishes = wishesUp(wanted, foundBy(wanted, state, undefined, []), [], undefined, state);
    const [first] = stepsFor(unfulfilled(wishes, state), state, 'up');
    assert.match(
      first?.run === 'nft' ? first.text : '',
      /^delete table inet enftun_enf0\ntable inet enftun_enf0 \{/,
    );
  });
});
