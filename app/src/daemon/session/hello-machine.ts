/** The abilities of this machine for TLS, found from its processor and from the TLS library of its Node.js. */
import { knowsGroup } from '../../identity/tls-context.ts';
import { hasAesInstructions } from '../../uplink/aes-instructions.ts';
import { postQuantumGroups, type HelloMachine } from '../../uplink/hello-offers.ts';

export function askMachine(): HelloMachine {
  return {
    // If the kernel does not report its features, the processor most likely has them.
    hasAes: hasAesInstructions() ?? true,
    hasPostQuantum: knowsGroup(postQuantumGroups),
  };
}
