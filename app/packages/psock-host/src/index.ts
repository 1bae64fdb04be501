/** Host side of psock on USB: finds router cards, and moves a session over the endpoints of one. */
export { HostUsbDriver, type HostUsbDriverOptions } from './host-usb-driver.ts';
export type { DevicePort, Received } from './device-port.ts';
export { DeviceError, type DeviceErrorCode } from './errors.ts';
export { deviceInterfaces, findDevices, type FoundDevice } from './find-devices.ts';
export { PsockUsbDevice } from './psock-usb-device.ts';
export { loadUsb } from './usb-library.ts';
