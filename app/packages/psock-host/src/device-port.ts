/** The endpoints of a card as its host sees them: `PsockUsbDevice`, or a stand-in for tests. */

export type Received = (bytes: Uint8Array) => void;

export interface DevicePort {
  /** For the log: bus and address. */
  readonly name: string;
  /** Network interfaces that are this very card: nothing must go through them. Asked for each connection. */
  networkInterfaces(): readonly string[];
  /** The answer to our window request; undefined when the card does not support it. Ends what was before. */
  requestWindow(value: number): Promise<Uint8Array | undefined>;
  /** This machine's network has changed. Only for a card with a window; what it makes of it is its own affair. */
  tellMoved(): void;
  /** Begins a transfer that may bring up to `length` bytes, and so each call; buffers belong to the receiver. */
  receiveBulk(length: number, received: Received): void;
  receiveCommand(received: Received): void;
  sendBulk(bytes: Uint8Array, sent: () => void): void;
  sendCommand(bytes: Uint8Array, sent: () => void): void;
  /** Gives the card back. */
  close(): Promise<void>;
}
