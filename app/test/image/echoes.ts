/** Echo requests of the host, five a second, to see for how long nothing came through. */
import type { PluggedHost } from '../harness/qemu/plugged-host.ts';
import { serviceAddress } from '../harness/topology.ts';
import { patience } from '../harness/until.ts';

const log = '/tmp/echoes';

export async function startEchoes(host: PluggedHost, deadlineSeconds: number): Promise<void> {
  await host.run(`setsid ping -6 -n -D -i 0.2 ${serviceAddress} </dev/null >${log} 2>&1 &`);
  await untilEcho(host, deadlineSeconds);
}

/** Waits for an echo from now on. */
export async function untilEcho(host: PluggedHost, deadlineSeconds: number): Promise<void> {
  const count = async (): Promise<number> => Number(await host.read(`grep -c time= ${log} || :`));
  const before = await count();
  const more = `grep -c time= ${log} || :`;
  await host.untilRead('another echo', more, deadlineSeconds, (text) => Number(text) > before);
}

/** Seconds between two echoes, at most, by the clock of the emulated machine. */
export async function longestSilence(host: PluggedHost): Promise<number> {
  await host.run('pkill -x ping');
  const echoes = await host.read(`grep time= ${log}`, { deadlineSeconds: 120 * patience });
  const times = [...echoes.matchAll(/^\[([\d.]+)\]/gm)].map(([, time]) => Number(time));
  return Math.max(...times.slice(1).map((time, index) => time - times[index]!));
}
