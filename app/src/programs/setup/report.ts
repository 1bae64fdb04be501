/** What `status` and `check` print. Pure. */
import { trustedGroup } from './set-up.ts';
import { missingOf, type Survey } from './survey.ts';
import { describe } from './wish.ts';

export interface Report {
  readonly interface: string;
  readonly state: 'complete' | 'incomplete' | 'not set up';
  readonly policy: 'default' | 'prefixes';
  readonly prefixes: readonly string[];
  readonly mark: number;
  readonly table: number;
  readonly trusted: readonly { readonly name: string; readonly state: TrustedState }[];
  /** What `up` would add or correct. */
  readonly missing: readonly string[];
  /** Why `up` would fail. */
  readonly conflict: string | null;
  readonly warnings: readonly string[];
}

type TrustedState = 'trusted' | 'not trusted yet' | 'absent';

export function reportOf(surveyed: Survey, warnings: readonly string[]): Report {
  const { plan, state, earlier } = surveyed;
  const missing = missingOf(surveyed).map(describe);
  const isThere = earlier !== undefined || state.link !== undefined;
  return {
    interface: plan.interfaceName,
    state: missing.length === 0 ? 'complete' : isThere ? 'incomplete' : 'not set up',
    policy: plan.isDefault ? 'default' : 'prefixes',
    prefixes: plan.prefixes.map(({ text }) => text),
    mark: plan.mark,
    table: plan.table,
    trusted: plan.trusted.map((name) => ({ name, state: trustedState(name, surveyed) })),
    missing,
    conflict: surveyed.conflict ?? null,
    warnings,
  };
}

function trustedState(name: string, { state, found }: Survey): TrustedState {
  const group = state.groups.get(name);
  if (group === undefined) return 'absent';
  const wanted = found.regrouped.includes(name) ? trustedGroup : group;
  return group !== 0 && group === wanted ? 'trusted' : 'not trusted yet';
}

/** For one line. */
const mostListed = 5;

export function listed(texts: readonly string[]): string {
  if (texts.length === 0) return 'nothing';
  const more = texts.length - mostListed;
  return texts.slice(0, mostListed).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

export function printReport(report: Report): string {
  const { policy, prefixes } = report;
  const what = policy === 'default' ? 'everything' : listed(prefixes);
  const lines = [
    `${report.interface}: ${report.state}`,
    `through the tunnel: ${what}${policy === 'default' ? ` (mark ${report.mark}, table ${report.table})` : ''}`,
    ...report.trusted.map(({ name, state }) => `trusted interface ${name}: ${state}`),
    ...report.missing.map((text) => `missing: ${text}`),
    ...(report.conflict === null ? [] : [`problem: ${report.conflict}`]),
    ...report.warnings.map((text) => `warning: ${text}`),
  ];
  return `${lines.join('\n')}\n`;
}
