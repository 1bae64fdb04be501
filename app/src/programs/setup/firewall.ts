/**
 * The firewall of the policy `default` as a table of nftables. It is loaded, replaced and removed as a whole. A chain
 * that drops has the last word whatever other programs accept in theirs, so theirs are left alone.
 *
 * The tunnel's packets are known by the mark of their socket, which covers servers with names, and the answers by the
 * connection that such a packet has opened. Of everything else, an uplink sees what gives it an address: DHCP and
 * neighbour discovery (RFC 4890 section 4.4).
 */
import { createHash } from 'node:crypto';
import type { Plan } from './plan.ts';

export interface Firewall {
  readonly table: string;
  /** For `nft -f`. */
  readonly text: string;
  /** A comment in the table by which the kernel's copy is recognized. */
  readonly stamp: string;
}

const dnsPort = 53;

export function firewallTable(interfaceName: string): string {
  return `enftun_${interfaceName}`;
}

/** `others`: the tunnels beside this one, which must get through its firewall. */
export function firewallOf(plan: Plan, others: readonly Plan[]): Firewall {
  const table = firewallTable(plan.interfaceName);
  // One text for one set of tunnels, whichever of them is set up last.
  const sorted = others.toSorted((a, b) => (a.interfaceName < b.interfaceName ? -1 : 1));
  const body = (stamp: string): string => tableText(table, [plan, ...sorted], stamp);
  const draft = body('');
  const digest = createHash('sha256').update(draft).digest('hex').slice(0, 32);
  const stamp = `enftun-setup, ${countRules(draft)} rules, ${digest}`;
  return { table, text: body(stamp), stamp };
}

/** How many rules the table of a stamp has; undefined for a comment that is not a stamp. */
export function rulesInStamp(stamp: string): number | undefined {
  const count = /^enftun-setup, (\d{1,4}) rules, [0-9a-f]{32}$/.exec(stamp)?.[1];
  return count === undefined ? undefined : Number(count);
}

function tableText(table: string, plans: readonly Plan[], stamp: string): string {
  const inside = set([
    ...plans.flatMap(({ interfaceName, trusted }) => [interfaceName, ...trusted]),
  ]);
  const own = plans.map(({ mark }) => mark).filter((mark) => mark > 0);
  const marks = numbers(own);
  const ports = numbers([...plans.flatMap((plan) => plan.ports), dnsPort]);
  return `table inet ${table} {
  chain replies {
    type filter hook prerouting priority mangle; policy accept;
    ct direction reply ct mark ${marks} meta mark set ct mark comment "${stamp}"
  }
  chain connections {
    type filter hook output priority mangle; policy accept;
    meta mark ${marks} ct mark set meta mark
    meta nfproto ipv4 udp sport 68 udp dport 67 ct mark set ${own[0]}
  }
  chain input {
    type filter hook input priority filter; policy drop;
    iifname "lo" accept
    iifname ${inside} accept
    ct direction reply ct mark ${marks} ct state established,related accept
    meta nfproto ipv4 udp sport 67 udp dport 68 accept
    ip6 saddr fe80::/10 udp sport 547 udp dport 546 accept
    icmpv6 type { 133, 134, 135, 136, 137 } ip6 hoplimit 255 accept
    ip6 saddr fe80::/10 icmpv6 type 130 ip6 hoplimit 1 accept
  }
  chain output {
    type filter hook output priority filter; policy drop;
    meta mark ${marks} tcp dport ${ports} accept
    meta mark ${marks} udp dport ${dnsPort} accept
    oifname "lo" accept
    oifname ${inside} accept
    meta nfproto ipv4 udp sport 68 udp dport 67 accept
    ip6 daddr { ff02::1:2, fe80::/10 } udp sport 546 udp dport 547 accept
    icmpv6 type { 133, 135, 136 } ip6 hoplimit 255 accept
    ip6 saddr { ::, fe80::/10 } icmpv6 type { 131, 132, 143 } ip6 hoplimit 1 accept
  }
  chain forward {
    type filter hook forward priority filter; policy drop;
    iifname ${inside} oifname ${inside} accept
  }
}
`;
}

function set(names: readonly string[]): string {
  return `{ ${[...new Set(names)].map((name) => `"${name}"`).join(', ')} }`;
}

function numbers(values: readonly number[]): string {
  return `{ ${[...new Set(values)].toSorted((a, b) => a - b).join(', ')} }`;
}

/** Lines that are neither braces nor the head of a chain. */
function countRules(text: string): number {
  return text.split('\n').filter((line) => /^ {4}(?!type filter hook)/.test(line)).length;
}
