/** The events that endpoint 0 of a FunctionFS brings (linux/usb/functionfs.h, struct usb_functionfs_event). */

export interface ControlSetup {
  readonly requestType: number;
  readonly request: number;
  readonly value: number;
  /** For requests to an interface its number as the function sees it, from 0. */
  readonly index: number;
  readonly length: number;
}

export type FunctionFsEvent =
  | { readonly kind: 'bind' | 'unbind' | 'enable' | 'disable' | 'suspend' | 'resume' }
  | { readonly kind: 'setup'; readonly setup: ControlSetup };

export const eventBytes = 12;

const kinds = ['bind', 'unbind', 'enable', 'disable', 'setup', 'suspend', 'resume'] as const;

/** What one read returned. Kinds of a later kernel are left out. */
export function parseEvents(bytes: Uint8Array): FunctionFsEvent[] {
  const events: FunctionFsEvent[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + eventBytes <= bytes.length; at += eventBytes) {
    const kind = kinds[bytes[at + 8]!];
    if (kind === undefined) continue;
    if (kind !== 'setup') {
      events.push({ kind });
      continue;
    }
    const setup = {
      requestType: bytes[at]!,
      request: bytes[at + 1]!,
      value: view.getUint16(at + 2, true),
      index: view.getUint16(at + 4, true),
      length: view.getUint16(at + 6, true),
    };
    events.push({ kind, setup });
  }
  return events;
}
