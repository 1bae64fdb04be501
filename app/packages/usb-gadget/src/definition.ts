/**
 * What a gadget is, as data. `buildGadget` fills in what was left out and refuses what cannot be; the result is
 * then registered and bound (`register`).
 * Left out: more than one configuration, since hosts of every kind use only the first, and BOS and WebUSB descriptors.
 */
import { GadgetDefinitionError } from './errors.ts';
import type { GadgetFunction } from './functions/gadget-function.ts';
import { problemsOf } from './problems.ts';

export interface DeviceClass {
  class: number;
  subclass: number;
  protocol: number;
}

/**
 * "Look at each interface, and at the associations between them": for every gadget with a function of two interfaces.
 */
export const interfaceAssociation: DeviceClass = { class: 0xef, subclass: 0x02, protocol: 0x01 };

export interface GadgetStrings {
  manufacturer: string;
  product: string;
  /** Windows and udev recognize a device by it; two with the same one on a host disturb each other. */
  serialNumber?: string | undefined;
}

export interface GadgetSpec {
  /** Name of the folder in configfs; hosts do not see it. */
  name: string;
  vendorId: number;
  productId: number;
  /** bcdDevice, default 0. */
  deviceVersion?: number | undefined;
  /** bcdUSB, default 0x0200. */
  usbVersion?: number | undefined;
  deviceClass?: DeviceClass | undefined;
  strings: GadgetStrings;
  /** Language of the strings, default 0x0409 (US English). */
  language?: number | undefined;
  /** bMaxPower: 0..500, default 500. */
  maxPowerMilliamps?: number | undefined;
  isSelfPowered?: boolean | undefined;
  /** bMS_VendorCode of the Microsoft string descriptor, default 0xcd. */
  microsoftVendorCode?: number | undefined;
  /** In the order of their interfaces. */
  functions: readonly GadgetFunction[];
}

export interface GadgetDefinition {
  readonly name: string;
  readonly vendorId: number;
  readonly productId: number;
  readonly deviceVersion: number;
  readonly usbVersion: number;
  readonly deviceClass: Readonly<DeviceClass>;
  readonly controlPacketSize: number;
  readonly strings: Readonly<GadgetStrings>;
  readonly language: number;
  readonly maxPowerMilliamps: number;
  readonly isSelfPowered: boolean;
  readonly microsoftVendorCode: number;
  readonly functions: readonly GadgetFunction[];
}

/** Throws a GadgetDefinitionError that lists everything that is wrong. */
export function buildGadget(spec: GadgetSpec): GadgetDefinition {
  const definition = withDefaults(spec);
  const problems = problemsOf(definition);
  if (problems.length > 0) throw new GadgetDefinitionError(`gadget ${spec.name}`, problems);
  return definition;
}

/** What is wrong with a gadget, each a sentence; empty when it can be registered. Touches nothing. */
export function check(spec: GadgetSpec): string[] {
  return problemsOf(withDefaults(spec));
}

function withDefaults(spec: GadgetSpec): GadgetDefinition {
  return {
    name: spec.name,
    vendorId: spec.vendorId,
    productId: spec.productId,
    deviceVersion: spec.deviceVersion ?? 0,
    usbVersion: spec.usbVersion ?? 0x0200,
    deviceClass: spec.deviceClass ?? interfaceAssociation,
    // The only size that high speed allows, and every controller of full speed takes.
    controlPacketSize: 64,
    strings: spec.strings,
    language: spec.language ?? 0x0409,
    maxPowerMilliamps: spec.maxPowerMilliamps ?? 500,
    isSelfPowered: spec.isSelfPowered ?? false,
    microsoftVendorCode: spec.microsoftVendorCode ?? 0xcd,
    functions: spec.functions,
  };
}
