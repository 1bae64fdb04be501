/** What each router card says about itself on USB. */

export const vendor = { id: 0x2fe0, name: 'Xaptum, Inc.' } as const;

export interface Product {
  readonly usbId: number;
  readonly name: string;
}

/** By device type, the name that updates and images use. */
export const products = {
  xaprc001: { usbId: 0x8b01, name: 'ENF Router Card' },
  xaprw001: { usbId: 0x8b02, name: 'ENF Router Card with Wi-Fi' },
} as const satisfies Record<string, Product>;

export type ProductName = keyof typeof products;
