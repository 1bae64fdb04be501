/** Everything that can be said against a definition before the kernel sees it. */
import type { GadgetDefinition } from './definition.ts';
import { functionName } from './functions/gadget-function.ts';

/** USB 2.0 section 9.6.7 leaves 126 characters; the kernel counts bytes of UTF-8. */
const maxStringBytes = 126;
/** The kernel's limit for the names of gadgets and functions. */
const maxNameLength = 40;

export function problemsOf(definition: GadgetDefinition): string[] {
  return [
    ...nameProblems(definition),
    ...numberProblems(definition),
    ...stringProblems(definition),
    ...functionProblems(definition),
  ];
}

function nameProblems({ name }: GadgetDefinition): string[] {
  return isPlainName(name) ? [] : [`the name "${name}" is not ${plainName}`];
}

function numberProblems(definition: GadgetDefinition): string[] {
  const { class: deviceClass, subclass, protocol } = definition.deviceClass;
  const rows: [what: string, value: number, least: number, most: number][] = [
    ['the vendor id', definition.vendorId, 1, 0xffff],
    ['the product id', definition.productId, 0, 0xffff],
    ['the device version', definition.deviceVersion, 0, 0x9999],
    ['the USB version', definition.usbVersion, 0x0100, 0x0320],
    ['the device class', deviceClass, 0, 0xff],
    ['the device subclass', subclass, 0, 0xff],
    ['the device protocol', protocol, 0, 0xff],
    ['the language', definition.language, 1, 0xffff],
    ['the power in mA', definition.maxPowerMilliamps, 0, 500],
    ["Microsoft's vendor code", definition.microsoftVendorCode, 0, 0xff],
  ];
  const problems = rows
    .filter(([, value, least, most]) => !Number.isInteger(value) || value < least || value > most)
    .map(([what, value, least, most]) => `${what} is a number of ${least}..${most}, not ${value}`);
  for (const [what, value] of [rows[2]!, rows[3]!]) {
    // Binary coded decimal: 2.10 is 0x0210.
    if (/[a-f]/.test(value.toString(16))) {
      problems.push(`${what} has a hexadecimal digit above 9: 0x${value.toString(16)}`);
    }
  }
  return problems;
}

function stringProblems({ strings }: GadgetDefinition): string[] {
  const problems = [];
  for (const [what, text] of [
    ['manufacturer', strings.manufacturer],
    ['product', strings.product],
    ['serial number', strings.serialNumber],
  ] as const) {
    if (text === undefined) continue;
    if (text === '') problems.push(`the ${what} is empty`);
    if (new TextEncoder().encode(text).length > maxStringBytes) {
      problems.push(`the ${what} is longer than ${maxStringBytes} bytes`);
    }
    // Characters outside the first plane: the kernel refuses the whole descriptor when the host asks for it.
    if (/[\p{Cc}\p{Cs}]|[^\u0000-\uffff]/u.test(text)) {
      problems.push(
        `the ${what} ${JSON.stringify(text)} has a line end, another control character or one beyond U+FFFF`,
      );
    }
  }
  return problems;
}

function functionProblems({ functions }: GadgetDefinition): string[] {
  if (functions.length === 0) return ['it has no function'];
  const problems = functions.flatMap((entry) => entry.problems);
  for (const entry of functions) {
    if (!isPlainName(functionName(entry))) {
      problems.push(`the function name "${functionName(entry)}" is not ${plainName}`);
    }
  }
  for (const name of repeated(functions.map(functionName))) {
    problems.push(`there are two functions ${name}`);
  }
  for (const mac of repeated(functions.flatMap((entry) => entry.macs))) {
    problems.push(`the MAC address ${mac} is used twice: each end of the cable needs its own`);
  }
  return problems;
}

const plainName = `1 to ${maxNameLength} letters, digits, ".", "-" and "_", the first no "."`;

function isPlainName(name: string): boolean {
  return /^[A-Za-z0-9_-][A-Za-z0-9._-]*$/.test(name) && name.length <= maxNameLength;
}

function repeated(values: readonly string[]): string[] {
  return [...new Set(values.filter((value, index) => values.indexOf(value) !== index))];
}
