/**
 * Where the identity of a tunnel comes from. The supervisor asks for one before each attempt and reports what became of
 * it; whether files are read, or a server is asked for a new identity, is for the strategy behind this interface
 * (docs/decisions/credentials.md).
 */
import type { Identity } from '../../identity/identity.ts';
import type { ProvisioningStep } from '../../tunnel/tunnel-state.ts';

export interface LoadRequest {
  /** The one that the server has refused; undefined if it refused none. */
  readonly refused: Identity | undefined;
  readonly signal: AbortSignal;
  /** A new identity is being asked for, and this is the step that begins. */
  readonly onStep: (step: ProvisioningStep) => void;
  /** There is a new one, or there is a problem: one line, with what to do. */
  readonly onEnd: (problem: string | undefined) => void;
}

export interface Credentials {
  /** Rejects with an EnvironmentError while no usable identity is available. */
  load(request: LoadRequest): Promise<Identity>;
  /** Reads the files again; true when there is an identity and it is another one than before. */
  reload(): Promise<boolean>;
  /** The server has accepted the identity. */
  accepted(): void;
  /** Routes, addresses, or the transport of this name have changed. */
  networkChanged(transport?: string): void;
}
