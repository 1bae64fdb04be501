/** Why a card cannot be served. The message ends with the next step. */
export type DeviceErrorCode = 'PERMISSION' | 'BUSY' | 'GONE' | 'SILENT' | 'FAILED';

export class DeviceError extends Error {
  readonly code: DeviceErrorCode;

  constructor(code: DeviceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}
