/** Why a device could not get an identity by itself: the reason for the program, the message for the operator. */
import { EnvironmentError } from '../core/errors.ts';

export type ProvisioningReason =
  /** Another service of this machine is provisioning. */
  | 'busy'
  /** The TPM cannot be used. */
  | 'tpm'
  /** The TPM refuses keys for some time, after too many wrong authorizations. */
  | 'tpm-locked'
  /** The credentials of the group are missing or damaged. */
  | 'group'
  /** No provisioning server could be reached, or none proved itself. */
  | 'unreachable'
  /** The server failed after it had proved itself: it broke off, was too slow, or answered with something unusable. */
  | 'server'
  /** The server refuses this device. */
  | 'refused'
  /** The files of the identity cannot be written. */
  | 'files';

export class ProvisioningError extends EnvironmentError {
  readonly reason: ProvisioningReason;

  /** The message says what is wrong and what to do. */
  constructor(reason: ProvisioningReason, message: string, cause?: unknown) {
    super(message, { errno: 'EPROVISION', syscall: `provisioning ${reason}`, cause });
    this.reason = reason;
  }
}
