/** Asynchronous transfers on the endpoints of a FunctionFS, its events and its control requests. */
export { FunctionFsError } from './errors.ts';
export { parseEvents, type ControlSetup, type FunctionFsEvent } from './events.ts';
export { FunctionFs, type FunctionFsOptions, type FunctionPort } from './function-fs.ts';
export { Transfers, type Transfer, type TransferResult } from './transfers.ts';
