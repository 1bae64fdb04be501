/** What the tunnels of a card say of themselves. */
import type { SerialConsole } from '../harness/qemu/console.ts';
import type { StatusDocument } from '../../src/status/status-document.ts';
import { patience } from './card-fixture.ts';

/** Waits until the tunnel is up over this transport. */
export async function untilTunnelOver(
  card: SerialConsole,
  transport: string,
  name = 'enf0',
): Promise<void> {
  await card.untilRead(
    `the tunnel over ${transport}`,
    `systemctl show -P StatusText enftun@${name}`,
    90 * patience,
    (text) => text.includes('[tunnel-up]') && text.includes(`(${transport})`),
  );
}

export async function tunnelStatus(card: SerialConsole, name = 'enf0'): Promise<StatusDocument> {
  const deadlineSeconds = 30 * patience;
  // Its own programs write it, of the same version as these tests.
  return JSON.parse(
    await card.read(`enftun status ${name} --json`, { deadlineSeconds }),
  ) as StatusDocument;
}

/** For people. */
export async function statusInWords(card: SerialConsole): Promise<string> {
  const { output } = await card.run('enftun status enf0', {
    deadlineSeconds: 30 * patience,
    mayFail: true,
  });
  return output;
}
