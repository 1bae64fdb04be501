/** The steps that make a gadget in configfs, in the order that the kernel wants. */
import type { GadgetDefinition } from './definition.ts';
import { functionName } from './functions/gadget-function.ts';
import { attribute, folder, hex, link, stepsBelow, type Step } from './step.ts';

/** bmAttributes: bit 7 is always set. */
const attributesBase = 0x80;
const selfPowered = 0x40;

/** The only configuration; its number is bConfigurationValue. */
export const configurationFolder = 'configs/c.1';

/** Paths are relative to the gadget's folder, which comes first as the empty path. */
export function planGadget(definition: GadgetDefinition): Step[] {
  return [
    folder(''),
    ...deviceSteps(definition),
    ...stringSteps(definition),
    folder(configurationFolder),
    attribute(
      `${configurationFolder}/bmAttributes`,
      hex(attributesBase | (definition.isSelfPowered ? selfPowered : 0), 2),
    ),
    attribute(`${configurationFolder}/MaxPower`, String(definition.maxPowerMilliamps)),
    ...definition.functions.flatMap((entry) => {
      const place = `functions/${functionName(entry)}`;
      // The link comes last: it freezes the settings.
      return [
        folder(place),
        ...stepsBelow(place, entry.settings),
        link(`${configurationFolder}/${functionName(entry)}`, place),
      ];
    }),
    ...microsoftSteps(definition),
  ];
}

function deviceSteps(definition: GadgetDefinition): Step[] {
  const { deviceClass } = definition;
  return [
    attribute('idVendor', hex(definition.vendorId, 4)),
    attribute('idProduct', hex(definition.productId, 4)),
    attribute('bcdDevice', hex(definition.deviceVersion, 4)),
    attribute('bcdUSB', hex(definition.usbVersion, 4)),
    attribute('bDeviceClass', hex(deviceClass.class, 2)),
    attribute('bDeviceSubClass', hex(deviceClass.subclass, 2)),
    attribute('bDeviceProtocol', hex(deviceClass.protocol, 2)),
    attribute('bMaxPacketSize0', String(definition.controlPacketSize)),
  ];
}

function stringSteps({ strings, language }: GadgetDefinition): Step[] {
  const place = `strings/${hex(language, 4)}`;
  const steps = [
    folder(place),
    attribute(`${place}/manufacturer`, strings.manufacturer),
    attribute(`${place}/product`, strings.product),
  ];
  if (strings.serialNumber !== undefined) {
    steps.push(attribute(`${place}/serialnumber`, strings.serialNumber));
  }
  return steps;
}

function microsoftSteps({ functions, microsoftVendorCode }: GadgetDefinition): Step[] {
  if (!functions.some((entry) => entry.hasMicrosoftDescriptor)) return [];
  return [
    attribute('os_desc/b_vendor_code', hex(microsoftVendorCode, 2)),
    attribute('os_desc/qw_sign', 'MSFT100'),
    attribute('os_desc/use', '1'),
    link('os_desc/c.1', configurationFolder),
  ];
}
