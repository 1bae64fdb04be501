/** XTT: the handshake as messages, signatures and state machines over bytes. It touches neither sockets nor clocks. */
export { XttError, XttParseError, type XttErrorCode } from './errors.ts';
export { hashToCurve, maxBasenameLength, type BasenamePoint } from './hash-to-curve.ts';
export type { RandomBytes } from './points.ts';
