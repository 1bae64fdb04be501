/**
 * The package `usb` (libusb), loaded only when a card is there. In a bundle its binary lies in `prebuilds` beside the
 * program, which must set the path.
 */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type * as usb from 'usb';

export type UsbLibrary = typeof usb;

export async function loadUsb(): Promise<UsbLibrary> {
  const beside = fileURLToPath(new URL('.', import.meta.url));
  if (existsSync(`${beside}/prebuilds`)) process.env.NODE_USB_PATH ??= beside;
  return import('usb');
}
