/** The settings that NCM, ECM and RNDIS share: an Ethernet cable whose both ends have an address of their own. */
import { canonicalMac } from '../mac-address.ts';
import { attribute, type Step } from '../step.ts';
import { functionName, type FunctionIdentity, type GadgetFunction } from './gadget-function.ts';

export interface EthernetOptions {
  /** The address that the host's interface gets. */
  hostMac: string;
  /** The address of this side's interface. */
  deviceMac: string;
  /** Factor for the length of the request queue at high speed, 1..255. Default 5. */
  queueMultiplier?: number | undefined;
  /** Pattern for this side's interface name with exactly one `%d`. Default the kernel's, `usb%d`. */
  interfacePattern?: string | undefined;
}

const defaultQueueMultiplier = 5;

/** Everything but what is particular to the kind. */
export function ethernetFunction(
  identity: FunctionIdentity,
  options: EthernetOptions,
): GadgetFunction {
  const hostMac = canonicalMac(options.hostMac);
  const deviceMac = canonicalMac(options.deviceMac);
  const { queueMultiplier = defaultQueueMultiplier, interfacePattern } = options;
  const settings: Step[] = [
    attribute('host_addr', hostMac ?? ''),
    attribute('dev_addr', deviceMac ?? ''),
    attribute('qmult', String(queueMultiplier)),
  ];
  if (interfacePattern !== undefined) settings.push(attribute('ifname', interfacePattern));
  return {
    ...identity,
    settings,
    hasMicrosoftDescriptor: false,
    macs: [hostMac, deviceMac].filter((mac) => mac !== undefined),
    problems: problemsOf(options).map((problem) => `${functionName(identity)}: ${problem}`),
  };
}

function problemsOf({
  hostMac,
  deviceMac,
  queueMultiplier = defaultQueueMultiplier,
  interfacePattern,
}: EthernetOptions): string[] {
  const problems = [];
  for (const [end, mac] of Object.entries({ host: hostMac, device: deviceMac })) {
    if (canonicalMac(mac) === undefined) {
      problems.push(
        `the ${end}'s MAC address "${mac}" is not six hexadecimal bytes of a single station`,
      );
    }
  }
  if (!Number.isInteger(queueMultiplier) || queueMultiplier < 1 || queueMultiplier > 255) {
    problems.push(`the queue multiplier is 1..255, not ${queueMultiplier}`);
  }
  // The kernel insists on the %d, so that a taken name never prevents the gadget.
  if (interfacePattern !== undefined && !/^[^\s/:%]{1,12}%d$/.test(interfacePattern)) {
    problems.push(
      `the interface pattern "${interfacePattern}" is not a short name and one %d, such as usb%d`,
    );
  }
  return problems;
}
