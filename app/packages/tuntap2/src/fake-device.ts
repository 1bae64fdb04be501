/** Packet devices in memory, for the tests of others (`tuntap2/fake`). */
export { FakeDevice, type FakeDeviceOptions } from './fake-packet-device.ts';
export { FakeEthernetDevice, type FakeEthernetOptions } from './fake-ethernet.ts';
