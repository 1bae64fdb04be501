/** What `--xtt-misbehave` makes of the provisioning server. */
import { randomBytes } from 'node:crypto';

export const faultHelp = `\
  stall         accept the connection, and never send a byte
  garbage       send random bytes in the place of the first answer
  stall-late    prove itself, and never answer the device
  close-late    prove itself, and close the connection when the device has signed
  refuse        answer every device with an Error message
  bad-address   assign the loopback address
  unregistered  assign an address, and let the tunnels refuse it
`;

export const faultKinds = [
  'stall',
  'garbage',
  'stall-late',
  'close-late',
  'refuse',
  'bad-address',
  'unregistered',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface XttFault {
  readonly kind: FaultKind;
  /** The first so many connections only. */
  readonly count: number;
}

/** `KIND` or `KIND=N`; undefined for anything else. */
export function parseXttFault(text: string): XttFault | undefined {
  const [, word, count] = /^([a-z-]+)(?:=([1-9]\d{0,5}))?$/.exec(text) ?? [];
  const kind = faultKinds.find((known) => known === word);
  return kind && { kind, count: count === undefined ? Infinity : Number(count) };
}

/** The faults that connections meet, one after the other. */
export class XttFaultPlan {
  readonly #left: { kind: FaultKind; count: number }[];

  constructor(faults: readonly XttFault[]) {
    this.#left = faults.map((fault) => ({ ...fault }));
  }

  /** For the next connection; undefined: it is served well. */
  next(): FaultKind | undefined {
    const fault = this.#left.find(({ count }) => count > 0);
    if (fault === undefined) return undefined;
    fault.count--;
    return fault.kind;
  }
}

/** More than the message that they stand in place of. */
export function garbage(): Uint8Array {
  return randomBytes(1000);
}
