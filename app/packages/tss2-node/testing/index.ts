/** For tests of programs that use a TPM: a transport without one. */
export {
  authorizedResponse,
  FakeTransport,
  response,
  type Answer,
  type ReceivedCommand,
} from './fake-transport.ts';
