/** The counters of a data path as the status tells them: one consistent copy. */
import type { DeviceCounters } from 'tuntap2';
import type { DataPath } from '../data-path.ts';
import type { TrafficStatus } from './status-document.ts';

type Counted = {
  readonly [Part in 'egress' | 'ingress' | 'desk']: Pick<DataPath[Part], 'counters'>;
} & { readonly uplink: Pick<DataPath['uplink'], 'droppedWithoutTunnel' | 'droppedWhenFull'> };

export function trafficOf(device: Readonly<DeviceCounters>, path: Counted): TrafficStatus {
  return {
    fromHost: { packets: device.readPackets, bytes: device.readBytes },
    toHost: { packets: device.writtenPackets, bytes: device.writtenBytes },
    egress: {
      ...path.egress.counters,
      withoutTunnel: path.uplink.droppedWithoutTunnel,
      queueFull: path.uplink.droppedWhenFull,
    },
    ingress: { ...path.ingress.counters },
    router: { ...path.desk.counters },
  };
}
