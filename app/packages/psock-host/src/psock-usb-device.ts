/**
 * A card on libusb: finds its endpoints by type and direction, keeps account of the transfers under way, and takes them
 * back before it starts over or ends.
 */
import {
  movedReplyLength,
  movedRequestNumber,
  movedRequestType,
  windowReplyLength,
  windowRequestNumber,
  windowRequestType,
} from 'hss';
import type { Device, InEndpoint, Interface, LibUSBException, OutEndpoint } from 'usb';
import type { DevicePort, Received } from './device-port.ts';
import { DeviceError } from './errors.ts';
import { deviceInterfaces, type FoundDevice } from './find-devices.ts';
import { Transfers, type TransferDone } from './transfers.ts';
import type { UsbLibrary } from './usb-library.ts';

const commandBytes = 64;
const controlMs = 5000;
const retryMs = 100;
const maxRetries = 10;
const nothing = new Uint8Array(0);

interface Endpoints {
  readonly bulkIn: InEndpoint;
  readonly bulkOut: OutEndpoint;
  readonly commandIn: InEndpoint;
  readonly commandOut: OutEndpoint;
}

export class PsockUsbDevice implements DevicePort {
  readonly name: string;
  readonly #usb: UsbLibrary['usb'];
  readonly #found: FoundDevice;
  readonly #device: Device;
  readonly #interface: Interface;
  readonly #endpoints: Endpoints;
  readonly #onFailure: (error: DeviceError) => void;
  readonly #transfers = new Transfers();
  /** Failures of transfers are expected then. */
  #isTakingBack = false;
  /** Asked for while the others are taken back. */
  #later: (() => void)[] = [];
  #isClosing = false;
  #retries = 0;

  /** Throws a DeviceError. `onFailure` says that it is of no use any more. */
  constructor(library: UsbLibrary, found: FoundDevice, onFailure: (error: DeviceError) => void) {
    this.#usb = library.usb;
    this.#found = found;
    this.#onFailure = onFailure;
    this.name = found.device;
    const device = library
      .getDeviceList()
      .find((one) => one.busNumber === found.bus && one.deviceAddress === found.address);
    if (device === undefined) throw new DeviceError('GONE', 'it is gone');
    this.#device = device;
    try {
      device.open();
      device.timeout = controlMs;
      this.#interface = socketInterface(device);
      this.#interface.claim();
      this.#endpoints = this.#findEndpoints();
    } catch (cause) {
      throw this.#explain(cause);
    }
  }

  networkInterfaces(): readonly string[] {
    return deviceInterfaces(this.#found.device);
  }

  async requestWindow(value: number): Promise<Uint8Array | undefined> {
    this.#isTakingBack = true;
    await this.#transfers.cancelAll();
    // Also makes the card start over, and both ends to count packets from zero.
    await new Promise<void>((resolve, reject) =>
      this.#interface.setAltSetting(0, (error) =>
        error ? reject(this.#explain(error)) : resolve(),
      ),
    );
    const answer = await new Promise<Uint8Array | undefined>((resolve, reject) => {
      this.#device.controlTransfer(
        windowRequestType,
        windowRequestNumber,
        value,
        this.#interface.interfaceNumber,
        windowReplyLength,
        (error, data) => {
          if (error === undefined) resolve(data as Buffer);
          else if (error.errno === this.#usb.LIBUSB_TRANSFER_STALL) resolve(undefined);
          else if (error.errno === this.#usb.LIBUSB_TRANSFER_TIMED_OUT) {
            reject(new DeviceError('SILENT', 'psockd on the card does not answer; is it running?'));
          } else reject(this.#explain(error));
        },
      );
    });
    this.#isTakingBack = this.#isClosing;
    for (const begin of this.#later.splice(0)) begin();
    return answer;
  }

  tellMoved(): void {
    if (this.#isTakingBack) return;
    try {
      this.#device.controlTransfer(
        movedRequestType,
        movedRequestNumber,
        0,
        this.#interface.interfaceNumber,
        movedReplyLength,
        // A card that does not support the request stalls it; one that was unplugged is noticed elsewhere.
        () => undefined,
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  receiveBulk(length: number, received: Received): void {
    this.#receive(this.#endpoints.bulkIn, length, received);
  }

  receiveCommand(received: Received): void {
    this.#receive(this.#endpoints.commandIn, commandBytes, received);
  }

  sendBulk(bytes: Uint8Array, sent: () => void): void {
    this.#send(this.#endpoints.bulkOut, bytes, sent);
  }

  sendCommand(bytes: Uint8Array, sent: () => void): void {
    this.#send(this.#endpoints.commandOut, bytes, sent);
  }

  async close(): Promise<void> {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#isTakingBack = true;
    await this.#transfers.cancelAll();
    // Selecting the alternate setting ends the session on the card.
    await new Promise<void>((resolve) => this.#interface.setAltSetting(0, () => resolve()));
    await new Promise<void>((resolve) => this.#interface.release(() => resolve()));
    try {
      this.#device.close();
    } catch {
      // It was unplugged.
    }
  }

  #receive(endpoint: InEndpoint, length: number, received: Received): void {
    // A buffer of its own for each: what arrives is used for as long as a socket needs it.
    this.#begin(endpoint, Buffer.allocUnsafeSlow(length), (error, buffer, actual) => {
      if (error === undefined) {
        this.#retries = 0;
        return received(buffer.subarray(0, actual));
      }
      this.#recover(endpoint, error, () => received(nothing));
    });
  }

  #send(endpoint: OutEndpoint, bytes: Uint8Array, sent: () => void): void {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#begin(endpoint, buffer, (error) => {
      // What was not sent is lost, and with it the sense of all that follows.
      if (error !== undefined && !this.#isTakingBack) this.#fail(error);
      sent();
    });
  }

  #begin(endpoint: InEndpoint | OutEndpoint, buffer: Buffer, done: TransferDone): void {
    if (this.#isTakingBack) return void this.#later.push(() => this.#begin(endpoint, buffer, done));
    try {
      this.#transfers.begin(endpoint, buffer, done);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A host controller's hiccup is tried again; the driver sees an empty transfer and starts another. */
  #recover(endpoint: InEndpoint, error: LibUSBException, again: () => void): void {
    if (this.#isTakingBack) return again();
    if (error.errno === this.#usb.LIBUSB_TRANSFER_STALL) {
      return endpoint.clearHalt((halted) => (halted ? this.#fail(halted) : again()));
    }
    const isTemporary = error.errno === this.#usb.LIBUSB_TRANSFER_ERROR;
    if (!isTemporary || ++this.#retries > maxRetries) return this.#fail(error);
    setTimeout(again, retryMs);
  }

  #fail(error: unknown): void {
    if (!this.#isClosing) this.#onFailure(this.#explain(error));
  }

  #findEndpoints(): Endpoints {
    const { endpoints } = this.#interface;
    const { LIBUSB_TRANSFER_TYPE_BULK, LIBUSB_TRANSFER_TYPE_INTERRUPT } = this.#usb;
    // By type and direction: the order of descriptors differs between speeds and cards.
    const find = (type: number, direction: 'in' | 'out') => {
      const found = endpoints.find(
        (one) => one.transferType === type && one.direction === direction,
      );
      if (found === undefined) throw new DeviceError('FAILED', 'its interface lacks an endpoint');
      return found;
    };
    return {
      bulkIn: find(LIBUSB_TRANSFER_TYPE_BULK, 'in') as InEndpoint,
      bulkOut: find(LIBUSB_TRANSFER_TYPE_BULK, 'out') as OutEndpoint,
      commandIn: find(LIBUSB_TRANSFER_TYPE_INTERRUPT, 'in') as InEndpoint,
      commandOut: find(LIBUSB_TRANSFER_TYPE_INTERRUPT, 'out') as OutEndpoint,
    };
  }

  #explain(error: unknown): DeviceError {
    if (error instanceof DeviceError) return error;
    const errno = (error as Partial<LibUSBException>).errno;
    const pad = (number: number): string => String(number).padStart(3, '0');
    const node = `/dev/bus/usb/${pad(this.#found.bus)}/${pad(this.#found.address)}`;
    const {
      LIBUSB_ERROR_ACCESS,
      LIBUSB_ERROR_BUSY,
      LIBUSB_ERROR_NO_DEVICE,
      LIBUSB_TRANSFER_NO_DEVICE,
    } = this.#usb;
    switch (errno) {
      case LIBUSB_ERROR_ACCESS:
        return new DeviceError(
          'PERMISSION',
          `no permission for ${node}; install the udev rule (60-psock-host.rules), or run this as root`,
          { cause: error },
        );
      case LIBUSB_ERROR_BUSY:
        return new DeviceError(
          'BUSY',
          'another program, or the kernel driver hss, serves it already',
          { cause: error },
        );
      case LIBUSB_ERROR_NO_DEVICE:
      case LIBUSB_TRANSFER_NO_DEVICE:
        return new DeviceError('GONE', 'it is gone', { cause: error });
      case undefined:
      default: {
        const text = error instanceof Error ? error.message : String(error);
        return new DeviceError('FAILED', `USB: ${text}; plug it in again if this stays`, {
          cause: error,
        });
      }
    }
  }
}

function socketInterface(device: Device): Interface {
  const found = device.interfaces?.find(
    ({ descriptor }) =>
      descriptor.bInterfaceClass === 0xff &&
      descriptor.bInterfaceSubClass === 0xab &&
      descriptor.bInterfaceProtocol === 0,
  );
  if (found === undefined) throw new DeviceError('FAILED', 'it has no socket interface');
  return found;
}
