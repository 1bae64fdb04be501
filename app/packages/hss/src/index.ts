/** Host Socket Sharing: the codec, and both ends as state machines that a driver of USB endpoints moves on. */
export * from './header.ts';
export * from './message.ts';
export { encodeMessage, type Layout } from './encode.ts';
export { decodeMessage, type Malformed } from './decode.ts';
export { errnoOfResult, resultCode, resultOfErrno } from './result-code.ts';
export { maxPayloadBytes, StreamReader, type StreamHandlers } from './stream-reader.ts';
export * from './window-request.ts';
export * from './moved-request.ts';
export type { SessionCounters } from './counters.ts';
export type { HssSocket, SocketHandlers, SocketState } from './socket.ts';
export type { HssSession, Windows } from './session.ts';
export { SessionPump } from './session-pump.ts';
export { CardSession, type ConnectHandlers, type HostPresence } from './card-session.ts';
export {
  HostSession,
  type Answer,
  type Connecting,
  type HostSessionOptions,
} from './host-session.ts';
export { bridge, type SocketBridge } from './socket-bridge.ts';
