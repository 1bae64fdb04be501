/** Questions to the WiFi of this machine: how it is, and what is in reach. */
import { EnvironmentError } from '../../../core/errors.ts';
import { seconds, type Duration } from '../../../core/time.ts';
import { systemClock } from '../../../platform/deadline-timer.ts';
import { parseEvent, type WifiEvent } from './control-events.ts';
import {
  parseHeardStation,
  parseNetworkList,
  parseStatus,
  stationMask,
  type HeardStation,
} from './control-replies.ts';
import { buildWifiStatus, type LeftOutFile, type WifiStatus } from './wifi-status.ts';
import { WpaControl } from './wpa-control.ts';

/** The machine; tests put their own in its place. */
export interface Radio {
  /** Path of wpa_supplicant's socket for an interface. */
  readonly socketOf: (interfaceName: string) => string;
  /** What wpa_supplicant has logged since the machine started, oldest first; empty when it cannot be read. */
  readonly logOf: (interfaceName: string) => Promise<readonly string[]>;
  readonly addressesOf: (interfaceName: string) => readonly string[];
  /**
   * What wpa_supplicant was not given to read, as the card's `wifi-files` has written it down; empty where it does not
   * run.
   */
  readonly leftOutOf: (interfaceName: string) => readonly LeftOutFile[];
  /** Longest wait for a look at the air. */
  readonly scanTime?: Duration;
}

/** A look takes a fifth of a second for each channel, and waits for one that is under way. */
const usualScanTime = seconds(30);
/** A radio receives a few dozen stations. More than this is a fault of wpa_supplicant, and the loop has to end. */
const mostStations = 1000;

/** Throws EnvironmentError when wpa_supplicant does not answer. */
export async function askStatus(radio: Radio, interfaceName: string): Promise<WifiStatus> {
  const control = WpaControl.open(radio.socketOf(interfaceName));
  try {
    const station = parseStatus(await control.request('STATUS'));
    const networks = parseNetworkList(await control.request('LIST_NETWORKS'));
    const signal = await control.request('SIGNAL_POLL');
    const country = await control.request('GET country');
    const lines = await radio.logOf(interfaceName);
    return buildWifiStatus({
      interface: interfaceName,
      station,
      networks,
      events: lines.map(parseEvent).filter((event) => event !== undefined),
      signalDbm: signalIn(signal),
      country: /^[A-Z]{2}$/.test(country) ? country : undefined,
      addresses: radio.addressesOf(interfaceName),
      leftOut: radio.leftOutOf(interfaceName),
    });
  } finally {
    control.close();
  }
}

/** What is in reach now. Throws EnvironmentError. */
export async function lookAround(radio: Radio, interfaceName: string): Promise<HeardStation[]> {
  const control = WpaControl.open(radio.socketOf(interfaceName));
  try {
    await scanOnce(control, radio.scanTime ?? usualScanTime);
    return await stationsOf(control);
  } finally {
    control.close();
  }
}

async function scanOnce(control: WpaControl, longest: Duration): Promise<void> {
  let end: (event: WifiEvent | undefined) => void = () => undefined;
  const result = new Promise<WifiEvent | undefined>((resolve) => (end = resolve));
  const cancelDeadline = systemClock.schedule(longest, () => end(undefined));
  try {
    await control.attach((line) => {
      const event = parseEvent(line);
      if (event?.event === 'scanned' || event?.event === 'scan failed') end(event);
    });
    const answer = await control.request('SCAN');
    // Busy: another look is under way, and its result serves as well.
    if (answer !== 'OK' && answer !== 'FAIL-BUSY') throw unable(`answered ${answer}`);
    const event = await result;
    if (event === undefined) throw unable(`took longer than ${longest / 1000} s`);
    if (event.event === 'scan failed') throw unable(`failed (${event.code})`);
  } finally {
    cancelDeadline();
  }
}

function unable(how: string): EnvironmentError {
  const problem = `the radio cannot look for networks: it ${how}; try again in a moment`;
  return new EnvironmentError(problem, { errno: 'EIO', syscall: 'scan' });
}

async function stationsOf(control: WpaControl): Promise<HeardStation[]> {
  const stations: HeardStation[] = [];
  let which = 'FIRST';
  while (stations.length < mostStations) {
    const reply = await control.request(`BSS ${which} MASK=${stationMask}`);
    const station = parseHeardStation(reply);
    if (station === undefined) break;
    stations.push(station);
    which = `NEXT-${station.id}`;
  }
  return stations;
}

function signalIn(reply: string): number | undefined {
  const value = /^RSSI=(-?\d{1,4})$/m.exec(reply)?.[1];
  // 9999 stands for unknown.
  return value === undefined || Number(value) >= 0 ? undefined : Number(value);
}
