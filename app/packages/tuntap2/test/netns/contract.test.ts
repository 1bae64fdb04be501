/** The devices of the kernel keep the contract that the fake ones keep. */
import { itKeepsTheContract } from '../device-contract.ts';
import { itClassifiesFrames } from '../ethernet-contract.ts';
import { frameRig, openEthernetPair, openTapPair, packetRig, tunRig } from './rigs.ts';

describe('a TUN device', () => itKeepsTheContract(() => tunRig(true)));
describe('a TUN device without offload', () => itKeepsTheContract(() => tunRig(false)));
describe('a TAP device', () => itKeepsTheContract(() => packetRig(openTapPair())));
describe('a TAP device, frame by frame', () => itClassifiesFrames(() => frameRig(openTapPair())));
describe('an Ethernet device', () => itKeepsTheContract(() => packetRig(openEthernetPair())));
describe('an Ethernet device, frame by frame', () =>
  itClassifiesFrames(() => frameRig(openEthernetPair())));
