/**
 * Warns in time that a certificate of ours expires: without a new one the card would drop out of the network that day.
 * Our own, and the roots by which the server is known.
 */
import type { Root } from './identity.ts';

const noticeDays = 30;
const dayMs = 24 * 60 * 60 * 1000;
/** In a message; a name may be as long as its certificate. */
const maxName = 64;

/** Undefined while there is nothing to say. `now` is the time of day, which may be wrong on a card. */
export function expiryWarning(certFile: string, notAfter: Date, now: Date): string | undefined {
  const when = endOf(notAfter, now);
  return when && `${certFile}: the certificate ${when}; have a new one issued`;
}

/** One line for each root that has ended or soon will. */
export function rootWarnings(caCertFile: string, roots: readonly Root[], now: Date): string[] {
  return roots.flatMap(({ commonName = '', notAfter }) => {
    const when = endOf(notAfter, now);
    const name = JSON.stringify(commonName.slice(0, maxName));
    return when === undefined
      ? []
      : [
          `${caCertFile}: the root certificate ${name} ${when}; put the network's current root there`,
        ];
  });
}

function endOf(notAfter: Date, now: Date): string | undefined {
  const days = (notAfter.getTime() - now.getTime()) / dayMs;
  if (days > noticeDays) return undefined;
  const date = notAfter.toISOString().slice(0, 10);
  return days < 0 ? `expired on ${date}` : `expires on ${date}`;
}
