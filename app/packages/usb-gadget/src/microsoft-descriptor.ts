/**
 * Microsoft OS descriptors 1.0: how Windows picks a driver without an INF file of ours. A function names a
 * compatible id (Extended Compat ID descriptor) and registry values (Extended Properties); the gadget as a whole
 * answers the string descriptor 0xEE with a vendor request code. Left out: OS descriptors 2.0, which need a BOS
 * capability that the kernel does not offer.
 */
import { attribute, folder, type Step } from './step.ts';

export interface MicrosoftDescriptor {
  /** Upper case letters, digits and `_`, up to 8. */
  compatibleId: string;
  subCompatibleId?: string | undefined;
  /** Values for the registry key of the interface, such as DeviceInterfaceGUID. */
  properties?: readonly ExtendedProperty[] | undefined;
}

export interface ExtendedProperty {
  name: string;
  type: keyof typeof propertyTypes;
  value: string;
}

/** Registry types, as numbered in the specification; the binary ones are left out until something needs them. */
const propertyTypes = { string: 1, 'expandable string': 2, link: 6 } as const;

/** Relative to the function's folder. `interfaceName` is what the kernel calls it: `"ncm"`, `"rndis"`. */
export function microsoftSettings(interfaceName: string, descriptor: MicrosoftDescriptor): Step[] {
  const place = `os_desc/interface.${interfaceName}`;
  return [
    attribute(`${place}/compatible_id`, descriptor.compatibleId),
    ...(descriptor.subCompatibleId
      ? [attribute(`${place}/sub_compatible_id`, descriptor.subCompatibleId)]
      : []),
    ...(descriptor.properties ?? []).flatMap(({ name, type, value }) => [
      folder(`${place}/${name}`),
      // The type first: it decides how the kernel stores the data.
      attribute(`${place}/${name}/type`, String(propertyTypes[type])),
      attribute(`${place}/${name}/data`, value),
    ]),
  ];
}

export function microsoftProblems(descriptor: MicrosoftDescriptor): string[] {
  const problems = [];
  const { compatibleId, subCompatibleId = '', properties = [] } = descriptor;
  if (!/^[A-Z0-9_]{1,8}$/.test(compatibleId)) {
    problems.push(`the compatible id "${compatibleId}" is not 1 to 8 of A-Z, 0-9 and _`);
  }
  if (!/^[A-Z0-9_]{0,8}$/.test(subCompatibleId)) {
    problems.push(`the sub-compatible id "${subCompatibleId}" is not up to 8 of A-Z, 0-9 and _`);
  }
  for (const { name, value } of properties) {
    if (!/^[A-Za-z0-9_]{1,40}$/.test(name)) {
      problems.push(`the property name "${name}" is not 1 to 40 letters, digits and _`);
    }
    if (value === '' || value.length > 1000 || /[\0\n]/.test(value)) {
      problems.push(`the property ${name} is empty, longer than 1000 characters or has a line end`);
    }
  }
  return problems;
}
