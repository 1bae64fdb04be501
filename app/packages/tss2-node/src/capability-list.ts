/** Whole lists of TPM2_GetCapability, page by page. */
import type { RunCommand } from './command.ts';
import { getCapability, type CapabilityEntry, type CapabilityKind } from './commands/capability.ts';
import { TpmFormatError } from './errors.ts';

/** Entries that one command asks for; a TPM may return fewer. */
const pageEntries = 64;
/** More entries than any TPM has, so that one that never ends its list is noticed. */
const maxEntries = 4096;

/** The entries from `first` up to `end`, without `end` itself. */
export async function listCapability(
  run: RunCommand,
  kind: CapabilityKind,
  first: number,
  end = Infinity,
): Promise<CapabilityEntry[]> {
  const entries: CapabilityEntry[] = [];
  for (let next = first; next < end;) {
    const page = await run(getCapability(kind, next, Math.min(pageEntries, end - next)));
    entries.push(...page.entries.filter(({ id }) => id >= first && id < end));
    const last = page.entries.at(-1);
    if (!page.hasMore || last === undefined) break;
    if (last.id < next || entries.length > maxEntries) {
      throw new TpmFormatError(`the list of ${kind} never ends`);
    }
    next = last.id + 1;
  }
  return entries;
}
