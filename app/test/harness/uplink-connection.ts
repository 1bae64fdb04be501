/** The card's TCP connection to its server, as the kernel sees it. */
import type { Namespace } from './namespace.ts';
import { tunnelPort } from './topology.ts';
import { until } from './until.ts';

/** Our end, such as `192.0.2.1:41234`; empty when there is none. */
export async function uplinkConnection(card: Namespace): Promise<string> {
  const filter = ['state', 'established', 'dport', '=', `:${tunnelPort}`];
  const { stdout } = await card.run(['ss', '-Htn', ...filter]);
  return stdout.trim().split(/\s+/)[2] ?? '';
}

/** Waits for a connection other than `before`, and returns our end of it. */
export async function otherConnection(
  card: Namespace,
  before: string,
  deadlineSeconds = 15,
): Promise<string> {
  return until('another connection', deadlineSeconds, async () => {
    const now = await uplinkConnection(card);
    return now !== '' && now !== before ? now : undefined;
  });
}
