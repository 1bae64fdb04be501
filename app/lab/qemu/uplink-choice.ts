/**
 * UPLINK: how the card of `make run` reaches the ENF. "wire" is the network that QEMU provides, plugged into the card;
 * "wifi" puts an access point between the two, and the card has nothing but its radio.
 */
import { ConfigError } from '../../src/core/errors.ts';
import { AccessPoint } from './access-point.ts';
import type { CardSite } from './card-site.ts';

const names = ['wire', 'wifi'] as const;
export type Uplink = (typeof names)[number];

/** Throws ConfigError. */
export function uplinkFrom(wanted: string | undefined): Uplink {
  const name = names.find((one) => one === (wanted || 'wire'));
  if (name !== undefined) return name;
  throw new ConfigError('unusable value', {
    file: 'UPLINK',
    expected: names.join(' or '),
    found: wanted ?? '',
  });
}

const home = { ssid: 'Home', password: 'correct horse', security: 'wpa2+wpa3' } as const;

/** Gives a card without any cable a network on the air, by the command that a person would use. */
export async function joinWifi(site: CardSite): Promise<string> {
  const accessPoint = await AccessPoint.open(site.machine);
  await accessPoint.start(home);
  await site.console.run(`echo '${home.password}' | enftun wifi add '${home.ssid}'`, {
    deadlineSeconds: 60,
  });
  const status = await site.console.untilRead(
    'the connection',
    'enftun wifi status',
    120,
    (text) => (text.startsWith('wlan0: connected') ? text : undefined),
  );
  return status.split('\n', 1)[0] ?? '';
}
