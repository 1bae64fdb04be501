/** What this machine is good at in TLS, asked of its processor and of the library of its Node.js. */
import { knowsGroup } from '../identity/tls-context.ts';
import { hasAesInstructions } from '../uplink/aes-instructions.ts';
import { postQuantumGroups, type HelloMachine } from '../uplink/hello-offers.ts';

export function askMachine(): HelloMachine {
  return {
    // Where the kernel does not say, the processor is likely to be one of those for which that is no question.
    hasAes: hasAesInstructions() ?? true,
    hasPostQuantum: knowsGroup(postQuantumGroups),
  };
}
