/** Host side of psock on USB: finds router cards, and moves a session over the endpoints of one. */
export { CardDriver, type CardDriverOptions } from './card-driver.ts';
export type { CardPort, Received } from './card-port.ts';
export { CardError, type CardErrorCode } from './errors.ts';
export { cardInterfaces, findCards, type FoundCard } from './find-cards.ts';
export { UsbCard } from './usb-card.ts';
export { loadUsb } from './usb-library.ts';
