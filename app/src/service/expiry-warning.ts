/** Tells in time that our own certificate ends: without a new one the card would drop out of the network that day. */

const noticeDays = 30;
const dayMs = 24 * 60 * 60 * 1000;

/** Undefined while there is nothing to say. `now` is the time of day, which a card may not know well. */
export function expiryWarning(certFile: string, notAfter: Date, now: Date): string | undefined {
  const days = (notAfter.getTime() - now.getTime()) / dayMs;
  if (days > noticeDays) return undefined;
  const date = notAfter.toISOString().slice(0, 10);
  const when = days < 0 ? `ended on ${date}` : `ends on ${date}`;
  return `${certFile}: the certificate ${when}; have a new one issued`;
}
