/**
 * Policy rules of the kernel: as iproute2 takes them and as it reports them (`ip -N -d -json rule`). A rule is ours if
 * all of its members are; there may be others of the same priority.
 *
 * They carry `protocol kernel`: systemd-networkd removes rules of other programs, and leaves those alone.
 */

export type Family = 4 | 6;

export interface Rule {
  readonly family: Family;
  readonly priority: number;
  /** What follows `ip rule add` or `del`. */
  readonly words: string;
  /** Equal for equal rules. */
  readonly key: string;
}

export interface Selector {
  readonly isNot?: boolean;
  readonly mark?: number;
  /** A destination, as iproute2 prints it. */
  readonly to?: string;
  /** UDP from the first port to the second. */
  readonly udp?: readonly [source: number, destination: number];
  /** Only routes of interfaces outside group 0, and no default route. */
  readonly isOfTrusted?: boolean;
  /** Undefined: what matches is refused. */
  readonly table?: number;
}

/** Of rtnetlink(7), by which `ip -N` names it. */
const unreachableAction = '7';

/** A minimal Debian does not have /etc/protocols, and so no name for it. */
const udpNumber = 17;

export function ruleOf(family: Family, priority: number, selector: Selector): Rule {
  const { isNot = false, mark, to, udp, isOfTrusted = false, table } = selector;
  const [dst, dstlen] = to?.split('/') ?? [];
  const words = [
    `priority ${priority}`,
    ...(isNot ? ['not'] : []),
    ...(mark === undefined ? [] : [`fwmark ${mark}`]),
    ...(to === undefined ? [] : [`to ${to}`]),
    ...(udp === undefined ? [] : [`ipproto ${udpNumber} sport ${udp[0]} dport ${udp[1]}`]),
    table === undefined ? 'unreachable' : `lookup ${table}`,
    ...(isOfTrusted ? ['suppress_prefixlength 0', 'suppress_ifgroup 0'] : []),
    'protocol kernel',
  ].join(' ');
  const reported = {
    priority,
    src: 'all',
    ...(table === undefined ? { action: unreachableAction } : { table }),
    ...(isNot && { not: null }),
    ...(mark !== undefined && { fwmark: `0x${mark.toString(16)}` }),
    ...(dst !== undefined && { dst }),
    ...(dstlen !== undefined && { dstlen }),
    ...(udp !== undefined && { ipproto: 'udp', sport: udp[0], dport: udp[1] }),
    ...(isOfTrusted && { suppress_prefixlen: 0, suppress_ifgroup: 0 }),
  };
  return { family, priority, words, key: ruleKey(family, reported) };
}

/** The same by number, as versions of iproute2 print it. */
const udpForms = new Set(['17', 'ipproto-17']);

/** Masks that iproute2 6.14 and later print for a single port. */
const wholeMasks = new Set(['sport_mask=0xffff', 'dport_mask=0xffff']);

/** The protocol is left out: it says who made the rule, not what it does. */
export function ruleKey(family: Family, reported: Readonly<Record<string, unknown>>): string {
  const members = Object.entries(reported)
    .filter(([name]) => name !== 'protocol')
    .map(([name, value]) => {
      const text = String(value);
      return `${name}=${name === 'ipproto' && udpForms.has(text) ? 'udp' : text}`;
    })
    .filter((member) => !wholeMasks.has(member));
  return [`ipv${family}`, ...members.toSorted()].join(' ');
}
