/** A gadget's state for people. */
import type { FunctionStatus, GadgetDefinition, GadgetStatus } from 'usb-gadget';
import { functionName } from 'usb-gadget';

/** `missing`: sentences on what the configuration asks for and the gadget lacks. */
export function printStatus(status: GadgetStatus, missing: readonly string[]): string {
  const { controller } = status;
  const connection =
    controller === undefined
      ? 'not connected to a controller'
      : `on ${controller.name} (${controller.state}, ${controller.speed})`;
  return table([
    ['gadget', `${status.name}, ${connection}`],
    ['device', `${usbId(status)} ${quoted(status)}`],
    ['serial', status.serialNumber || '-'],
    ...status.functions.map((entry) => [functionName(entry), printFunction(entry)] as const),
    ...missing.map((sentence) => ['missing', sentence] as const),
  ]);
}

export function printDefinition(definition: GadgetDefinition): string {
  const { strings } = definition;
  return table([
    ['gadget', definition.name],
    ['device', `${usbId(definition)} ${quoted(strings)}`],
    ['serial', strings.serialNumber ?? '-'],
    ...definition.functions.map((entry) => {
      const [host, device] = entry.macs;
      const macs = host === undefined ? '' : `this end ${device}, host's end ${host}`;
      return [functionName(entry), macs] as const;
    }),
  ]);
}

function printFunction(entry: FunctionStatus): string {
  if (entry.serialPort !== undefined) return entry.serialPort;
  if (entry.hostMac === undefined) return '';
  return `${entry.interfaceName ?? '(no interface yet)'}, this end ${entry.deviceMac}, host's end ${entry.hostMac}`;
}

function usbId(ids: { vendorId: number | undefined; productId: number | undefined }): string {
  const hex = (id: number | undefined) => (id ?? 0).toString(16).padStart(4, '0');
  return `${hex(ids.vendorId)}:${hex(ids.productId)}`;
}

function quoted(strings: {
  manufacturer: string | undefined;
  product: string | undefined;
}): string {
  return `"${strings.manufacturer ?? ''}" "${strings.product ?? ''}"`;
}

function table(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([title]) => title.length));
  return rows.map(([title, text]) => `${title.padEnd(width)}  ${text}`.trimEnd() + '\n').join('');
}
