/**
 * A network namespace, made and used with iproute2. The lab runs in a private mount of /run/netns, so
 * names are free and everything disappears with the lab's first process.
 */
import { Program, run, type Output, type ProgramOptions, type RunOptions } from './process.ts';

export class Namespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  static async create(name: string): Promise<Namespace> {
    await run(['ip', 'netns', 'add', name]);
    const namespace = new Namespace(name);
    await namespace.ip(['link set lo up']);
    return namespace;
  }

  async remove(): Promise<void> {
    await run(['ip', 'netns', 'delete', this.name]);
  }

  /** Runs a command inside, to its end. */
  run(command: readonly string[], options?: RunOptions): Promise<Output> {
    return run(this.inside(command), options);
  }

  /** Starts a program inside. `ip netns exec` becomes the program: its process id is the program's. */
  start(name: string, command: readonly string[], options: ProgramOptions): Program {
    return Program.start(name, this.inside(command), options);
  }

  inside(command: readonly string[]): string[] {
    return ['ip', 'netns', 'exec', this.name, ...command];
  }

  /** One `ip -batch` run: each line is an ip command without the word "ip" and options. */
  async ip(lines: readonly string[], family: '-4' | '-6' | undefined = undefined): Promise<void> {
    const argv = ['ip', ...(family === undefined ? [] : [family]), '-netns', this.name];
    await run([...argv, '-batch', '-'], { input: `${lines.join('\n')}\n` });
  }

  /** Writes kernel settings, given as names below /proc/sys/net, for example "ipv6/conf/eth0/accept_ra". */
  async settings(values: Readonly<Record<string, string | number>>): Promise<void> {
    const script = Object.entries(values).map(([k, v]) => `echo ${v} >'/proc/sys/net/${k}'`);
    await this.run(['sh', '-e'], { input: `${script.join('\n')}\n` });
  }

  async nft(rules: string): Promise<void> {
    await this.run(['nft', '-f', '-'], { input: rules });
  }

  /** Output of an `ip -json` command as data. The caller states the shape that iproute2 documents. */
  async ipJson<T>(command: string): Promise<T[]> {
    const { stdout } = await run(['ip', '-json', '-netns', this.name, ...command.split(' ')]);
    return (stdout.trim() === '' ? [] : JSON.parse(stdout)) as T[];
  }
}
