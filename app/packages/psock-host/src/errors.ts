/** Why a card cannot be served. The message ends with the next step. */
export type CardErrorCode = 'PERMISSION' | 'BUSY' | 'GONE' | 'SILENT' | 'FAILED';

export class CardError extends Error {
  readonly code: CardErrorCode;

  constructor(code: CardErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}
