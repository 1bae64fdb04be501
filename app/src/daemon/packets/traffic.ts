/**
 * The counters of the traffic as the status reports them: one consistent copy. A reload or another address makes a new
 * data path; what the former ones counted is added, so that every number only grows.
 */
import type { DeviceCounters } from 'tuntap2';
import type { DataPath } from './data-path.ts';
import type { TrafficStatus } from '../../status/status-document.ts';

type Counted = {
  readonly [Part in 'sorter' | 'inboundFilter' | 'routerPort' | 'control']: Pick<
    DataPath[Part],
    'counters'
  >;
} & { readonly outbound: Pick<DataPath['outbound'], 'droppedWithoutTunnel' | 'droppedWhenFull'> };

type Device = Readonly<DeviceCounters> & { readonly controlDropped?: number };

/** What one data path has counted; the device's own counters last as long as the service. */
type PathTraffic = Pick<TrafficStatus, 'ingress' | 'router'> & {
  readonly egress: Omit<TrafficStatus['egress'], 'notReceived' | 'marked'>;
  readonly control: Readonly<DataPath['control']['counters']>;
};

export class TrafficRecord {
  #ended: PathTraffic | undefined;

  /** The data path is closed and counts no further. */
  ended(path: Counted): void {
    this.#ended = this.#until(path);
  }

  /** With everything that former data paths have counted. */
  traffic(device: Device, path: Counted): TrafficStatus {
    const { control, egress, ...rest } = this.#until(path);
    return {
      fromHost: {
        packets: device.readPackets + control.packets,
        bytes: device.readBytes + control.bytes,
      },
      toHost: { packets: device.writtenPackets, bytes: device.writtenBytes },
      frames: {
        malformed: device.readMalformed,
        notForUs: control.ignored,
        controlOverflow: device.controlDropped ?? 0,
        refusedByKernel: device.writeRefused,
      },
      egress: {
        ...egress,
        queueFull: egress.queueFull + device.queueDropped,
        notReceived: device.kernelDropped,
        marked: device.queueMarked,
      },
      ...rest,
    };
  }

  #until(path: Counted): PathTraffic {
    const counted = {
      egress: {
        ...path.sorter.counters,
        withoutTunnel: path.outbound.droppedWithoutTunnel,
        queueFull: path.outbound.droppedWhenFull,
      },
      ingress: { ...path.inboundFilter.counters },
      router: { ...path.routerPort.counters },
      control: { ...path.control.counters },
    };
    const before = this.#ended;
    if (before === undefined) return counted;
    return {
      egress: sum(before.egress, counted.egress),
      ingress: sum(before.ingress, counted.ingress),
      router: sum(before.router, counted.router),
      control: sum(before.control, counted.control),
    };
  }
}

function sum<Name extends string>(
  one: Readonly<Record<Name, number>>,
  other: Readonly<Record<Name, number>>,
): Record<Name, number> {
  const total = { ...one } as Record<Name, number>;
  for (const name of Object.keys(other) as Name[]) total[name] += other[name];
  return total;
}
