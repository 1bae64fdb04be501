/** Plans for tests: a policy `default` unless said otherwise. */
import type { Plan } from '../../../../src/programs/setup/plan.ts';
import type { KernelState } from '../../../../src/programs/setup/kernel-state.ts';

export function plan(members: Partial<Plan> = {}): Plan {
  return {
    interfaceName: 'enf0',
    owner: 'enftun',
    mark: 363,
    table: 2097,
    isDefault: true,
    prefixes: [],
    trusted: [],
    ports: [443, 444],
    ...members,
  };
}

/** A machine without any set-up; `groups`: of its interfaces. */
export function bareState(members: Partial<KernelState> = {}): KernelState {
  return {
    link: undefined,
    groups: new Map([
      ['lo', 0],
      ['wan', 0],
      ['lan', 0],
      ['dmz', 5],
    ]),
    rules: [],
    routes: [],
    firewalls: new Map(),
    settings: new Map([['ipv4/conf/all/src_valid_mark', '0']]),
    ...members,
  };
}
