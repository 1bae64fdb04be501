/**
 * What a gadget is, as data. `buildGadget` makes one, which is then registered and bound (`register`).
 * Left out: more than one configuration, since hosts of every kind use only the first, and BOS and WebUSB descriptors.
 */
import type { GadgetFunction } from './functions/gadget-function.ts';

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
