/** What a running card needs of its memory, in MiB. */
import type { SerialConsole } from '../harness/qemu/console.ts';
import type { PluggedHost } from '../harness/qemu/plugged-host.ts';

const kibibytesPerMebibyte = 1024;

/** Resident memory of the tunnel service. */
export async function residentMebibytes(card: SerialConsole): Promise<number> {
  const pid = await card.read('systemctl show -P MainPID enftun@enf0');
  const status = await card.read(`cat /proc/${pid}/status`);
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) / kibibytesPerMebibyte;
}

/** Resident memory of each program on Node.js, the card's and its host's, by command line. */
export async function residentMebibytesOfPrograms(
  host: PluggedHost,
): Promise<ReadonlyMap<string, number>> {
  const text = await host.read('ps -C node -o rss=,args=');
  const lines = text.split('\n').map((line) => /^ *(\d+) +(.*)$/.exec(line));
  return new Map(
    lines.flatMap((match) => (match ? [[match[2]!, Number(match[1]) / kibibytesPerMebibyte]] : [])),
  );
}

/** Memory that a further program could have without swapping. */
export async function availableMebibytes(card: SerialConsole): Promise<number> {
  const memory = await card.read('cat /proc/meminfo');
  return Number(/^MemAvailable:\s+(\d+) kB$/m.exec(memory)?.[1]) / kibibytesPerMebibyte;
}
