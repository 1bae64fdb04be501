/** Messages of a card that cannot store anything, for the person at the host and for the operator. */
import { EnvironmentError } from '../core/errors.ts';
import type { StatusDocument } from './status-document.ts';
import { dataFolder, readStorage, type StorageStatus } from './storage.ts';

export interface StorageWords {
  /** Whole sentences. */
  readonly explanation: string;
  /** For the person at the host. */
  readonly nextStep: string;
  /** For the operator, on one line of a log or of an error. */
  readonly problem: string;
}

const wordsOf: Readonly<Record<StorageStatus['state'], StorageWords | undefined>> = {
  kept: undefined,
  memory: {
    explanation:
      "The card's data partition cannot be used: the card runs from memory and loses all changes at its next start.",
    nextStep:
      'Contact the provider of the card and report: the data partition of the card cannot be used.',
    problem: `${dataFolder} is in memory, because the data partition cannot be used ("journalctl -b -t card-init" shows why); repair it or write it again`,
  },
  'read-only': {
    explanation:
      "The card's data partition has an error, and the kernel has closed it: nothing can be changed on the card until it starts again.",
    nextStep: 'Unplug the card and plug it in again: it repairs the partition when it starts.',
    problem: `${dataFolder} is closed after an error ("dmesg" says which); restart the card, which repairs it`,
  },
};

/** Undefined if the storage works. */
export function storageWords(storage: StorageStatus | null | undefined): StorageWords | undefined {
  return storage ? wordsOf[storage.state] : undefined;
}

/** True if the identity was on a partition that cannot be used: "missing, provision the card" would mislead. */
export function isIdentityLost(
  status: Pick<StatusDocument, 'state'> & { readonly storage?: StorageStatus | null },
): boolean {
  return status.state === 'no-identity' && status.storage?.state === 'memory';
}

/** For a command that writes below `folder`: throws EnvironmentError when that would be lost. */
export function requireKept(folder: string, storage = readStorage()): void {
  const words = storageWords(storage);
  if (words === undefined || !`${folder}/`.startsWith(`${dataFolder}/`)) return;
  throw new EnvironmentError(`nothing was changed: ${words.problem}`, {
    errno: 'EROFS',
    syscall: 'open',
  });
}
