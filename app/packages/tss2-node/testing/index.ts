/** For tests of programs that use a TPM: a simulator, and a transport without one. */
export {
  authorizedResponse,
  FakeTransport,
  response,
  type Answer,
  type ReceivedCommand,
} from './fake-transport.ts';
export { Swtpm, SwtpmError } from './swtpm.ts';
