/**
 * A configfs and controllers that behave like the kernel's, in a folder of the test: mkdir makes the attributes and
 * the folders that belong to an object, what the kernel made cannot be removed, what is linked to neither removed nor
 * changed, and UDC binds. Left out: attributes that the package does not touch.
 */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
} from 'node:fs';
import { rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { kernelFiles, type GadgetFiles, type GadgetOptions } from '../src/index.ts';

/** What mkdir makes: attribute files with their first value, and folders. */
interface Template {
  attributes?: Record<string, string>;
  /** These cannot be removed by themselves. */
  folders?: Record<string, Template>;
}

const ethernet = {
  // The kernel counts the zero byte that ends an address.
  dev_addr: '42:00:00:00:00:01\0\n',
  host_addr: '42:00:00:00:00:02\0\n',
  ifname: 'usb%d\n',
  qmult: '5\n',
};
const microsoft = (name: string): Template => ({
  folders: { [`interface.${name}`]: { attributes: { compatible_id: '', sub_compatible_id: '' } } },
});
const functionTemplates: Record<string, Template> = {
  ncm: { attributes: ethernet, folders: { os_desc: microsoft('ncm') } },
  ecm: { attributes: ethernet },
  rndis: {
    attributes: { ...ethernet, class: '02\n', subclass: '06\n', protocol: '00\n' },
    folders: { os_desc: microsoft('rndis') },
  },
  acm: { attributes: { port_num: '0\n' } },
  ffs: {},
  // Not of this package: luns below it are made by hand.
  mass_storage: { folders: { 'lun.0': { attributes: { file: '' } } } },
};
const gadgetTemplate: Template = {
  attributes: {
    UDC: '\n',
    idVendor: '0x0000\n',
    idProduct: '0x0000\n',
    bcdDevice: '0x0606\n',
    bcdUSB: '0x0000\n',
    bDeviceClass: '0x00\n',
    bDeviceSubClass: '0x00\n',
    bDeviceProtocol: '0x00\n',
    bMaxPacketSize0: '0x00\n',
  },
  folders: {
    configs: {},
    functions: {},
    strings: {},
    os_desc: { attributes: { use: '0\n', b_vendor_code: '0x00\n', qw_sign: '' } },
  },
};
const stringsTemplate = { attributes: { manufacturer: '', product: '', serialnumber: '' } };
const configTemplate: Template = {
  attributes: { MaxPower: '2\n', bmAttributes: '0x80\n' },
  folders: { strings: {} },
};

export interface FakeConfigfsOptions {
  /** Functions that this kernel has no module for. */
  withoutFunctions?: readonly string[];
  controllers?: readonly string[];
}

export class FakeConfigfs implements GadgetFiles {
  readonly configfsRoot: string;
  readonly udcRoot: string;
  readonly #folder: string;
  readonly #withoutFunctions: readonly string[];
  /** Folders that a user made, and so may remove. */
  readonly #made = new Set<string>();
  /** Link to target. */
  readonly #links = new Map<string, string>();

  constructor(options: FakeConfigfsOptions = {}) {
    this.#folder = mkdtempSync(path.join(tmpdir(), 'fake-configfs-'));
    this.configfsRoot = path.join(this.#folder, 'config');
    this.udcRoot = path.join(this.#folder, 'udc');
    this.#withoutFunctions = options.withoutFunctions ?? [];
    mkdirSync(this.#gadgets, { recursive: true });
    for (const name of options.controllers ?? ['dummy_udc.0']) this.addController(name);
  }

  get #gadgets(): string {
    return path.join(this.configfsRoot, 'usb_gadget');
  }

  get options(): GadgetOptions {
    return { configfsRoot: this.configfsRoot, udcRoot: this.udcRoot, files: this };
  }

  addController(name: string): void {
    const files = { state: 'not attached\n', current_speed: 'UNKNOWN\n', function: '' };
    mkdirSync(path.join(this.udcRoot, name), { recursive: true });
    for (const [file, text] of Object.entries(files)) {
      writeFileSync(path.join(this.udcRoot, name, file), text);
    }
  }

  /**
   * Every attribute and link below the gadgets, without line ends and zero bytes; folders without content end in a
   * slash.
   */
  tree(): Record<string, string> {
    const result: Record<string, string> = {};
    const walk = (folder: string): void => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const place = path.join(folder, entry.name);
        const name = path.relative(this.#gadgets, place);
        if (entry.isSymbolicLink()) {
          result[name] = `-> ${path.relative(this.#gadgets, readlinkSync(place))}`;
        } else if (entry.isDirectory()) {
          if (readdirSync(place).length === 0) result[`${name}/`] = '';
          walk(place);
        } else {
          result[name] = readFileSync(place, 'utf8').replace(/[\0\n]+$/, '');
        }
      }
    };
    walk(this.#gadgets);
    return result;
  }

  /** Attributes of a gadget as they were last written. */
  attribute(name: string): string | undefined {
    return this.tree()[name];
  }

  dispose(): void {
    rmSync(this.#folder, { recursive: true });
  }

  async makeFolder(place: string): Promise<void> {
    await this.list(path.dirname(place));
    const [gadget, ...rest] = this.#words(place);
    if (gadget === undefined) throw refusal('EPERM', 'mkdir', place);
    const template = this.#templateFor(rest);
    if (template === undefined) throw refusal('EPERM', 'mkdir', place);
    if (template === 'missing module') throw refusal('ENOENT', 'mkdir', place);
    await kernelFiles.makeFolder(place);
    this.#made.add(place);
    fill(place, template);
  }

  #templateFor(rest: string[]): Template | 'missing module' | undefined {
    const [group, name = '', third, fourth, fifth] = rest;
    switch (`${group ?? 'gadget'} ${rest.length}`) {
      case 'gadget 0':
        return gadgetTemplate;
      case 'strings 2':
        return /^0x[0-9a-f]{3,4}$/.test(name) ? stringsTemplate : undefined;
      case 'configs 2':
        return /\.\d+$/.test(name) ? configTemplate : undefined;
      case 'configs 4':
        return third === 'strings' ? { attributes: { configuration: '' } } : undefined;
      case 'functions 2': {
        const driver = name.split('.')[0]!;
        if (this.#withoutFunctions.includes(driver)) return 'missing module';
        return functionTemplates[driver] ?? 'missing module';
      }
      case 'functions 3':
        return third?.startsWith('lun.') ? { attributes: { file: '' } } : undefined;
      case 'functions 5':
        return third === 'os_desc' && fourth?.startsWith('interface.') && fifth
          ? { attributes: { type: '0\n', data: '' } }
          : undefined;
      default:
        return undefined;
    }
  }

  async removeFolder(place: string): Promise<void> {
    const entries = await this.list(place);
    if (!this.#made.has(place)) throw refusal('EPERM', 'rmdir', place);
    const below = [...this.#made].filter((made) => made.startsWith(`${place}/`));
    if (below.length > 0 || entries.some(({ kind }) => kind === 'link')) {
      throw refusal('ENOTEMPTY', 'rmdir', place);
    }
    if (this.#isLinkedTo(place)) throw refusal('EBUSY', 'rmdir', place);
    rmSync(place, { recursive: true });
    this.#made.delete(place);
  }

  write(place: string, value: string): Promise<void> {
    if (!existsSync(place)) return Promise.reject(refusal('ENOENT', 'open', place));
    // The kernel does nothing with a write of no bytes.
    if (value === '') return Promise.resolve();
    const [gadget, group, name] = this.#words(place);
    const text = value.replace(/\n$/, '');
    const errno =
      group === 'UDC'
        ? this.#bind(gadget!, text)
        : group === 'functions' && this.#isLinkedTo(path.join(this.#gadgets, gadget!, group, name!))
          ? 'EBUSY'
          : attributeRefusal(path.basename(place), text);
    if (errno !== undefined) return Promise.reject(refusal(errno, 'write', place));
    const end = place.endsWith('_addr') ? '\0\n' : '\n';
    writeFileSync(place, text + end);
    return Promise.resolve();
  }

  #bind(gadget: string, controller: string): string | undefined {
    const bound = readFileSync(path.join(this.#gadgets, gadget, 'UDC'), 'utf8').trim();
    if (controller === '') {
      if (bound === '') return 'ENODEV';
      writeFileSync(path.join(this.udcRoot, bound, 'function'), '');
      return undefined;
    }
    if (bound !== '') return 'EBUSY';
    const user = path.join(this.udcRoot, controller, 'function');
    if (!existsSync(user)) return 'ENODEV';
    if (readFileSync(user, 'utf8') !== '') return 'EBUSY';
    const configs = path.join(this.#gadgets, gadget, 'configs');
    const isComplete = [...this.#links.keys()].some((place) => place.startsWith(`${configs}/`));
    if (!isComplete) return 'EINVAL';
    writeFileSync(user, gadget);
    this.#nameInterfaces(gadget);
    return undefined;
  }

  /** The kernel makes the interfaces of Ethernet functions when it binds them for the first time. */
  #nameInterfaces(gadget: string): void {
    const functions = path.join(this.#gadgets, gadget, 'functions');
    let number = 0;
    for (const name of readdirSync(functions)) {
      const file = path.join(functions, name, 'ifname');
      if (!existsSync(file)) continue;
      const pattern = readFileSync(file, 'utf8');
      writeFileSync(file, pattern.replace('%d', String(number++)));
    }
  }

  link(target: string, place: string): Promise<void> {
    const [gadget, group] = this.#words(place);
    const [targetGadget, targetGroup] = this.#words(target);
    const isRight =
      gadget === targetGadget &&
      ((group === 'configs' && targetGroup === 'functions') ||
        (group === 'os_desc' && targetGroup === 'configs'));
    const errno = !path.isAbsolute(target)
      ? 'ENOENT'
      : !existsSync(target)
        ? 'ENOENT'
        : !isRight
          ? 'EPERM'
          : group === 'configs' && this.#targetsIn(path.dirname(place)).includes(target)
            ? 'EEXIST'
            : undefined;
    if (errno !== undefined) return Promise.reject(refusal(errno, 'symlink', place));
    symlinkSync(target, place);
    this.#links.set(place, target);
    return Promise.resolve();
  }

  async unlink(place: string): Promise<void> {
    const [gadget] = this.#words(place);
    unlinkSync(place);
    this.#links.delete(place);
    // The kernel unbinds a gadget that loses a function.
    await this.write(path.join(this.#gadgets, gadget!, 'UDC'), '\n').catch(() => undefined);
  }

  read(place: string): Promise<string> {
    return kernelFiles.read(place);
  }

  list(place: string): ReturnType<GadgetFiles['list']> {
    return kernelFiles.list(place);
  }

  /** The words of a path below the folder of all gadgets. */
  #words(place: string): string[] {
    return path.relative(this.#gadgets, place).split('/').filter(Boolean);
  }

  #targetsIn(folder: string): string[] {
    return [...this.#links]
      .filter(([place]) => path.dirname(place) === folder)
      .map(([, target]) => target);
  }

  #isLinkedTo(place: string): boolean {
    return [...this.#links.values()].includes(place);
  }
}

/** As the kernel checks values. */
function attributeRefusal(name: string, text: string): string | undefined {
  switch (name) {
    case 'dev_addr':
    case 'host_addr':
      return /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/.test(text) ? undefined : 'EINVAL';
    case 'class':
    case 'subclass':
    case 'protocol':
      return /^[0-9a-f]{2}$/.test(text) ? undefined : 'EINVAL';
    case 'qmult':
      return Number(text) <= 255 ? undefined : 'EINVAL';
    case 'ifname':
      return /^[^%]+%d$/.test(text) ? undefined : 'EINVAL';
    case 'port_num':
      return 'EACCES';
    case 'manufacturer':
    case 'product':
    case 'serialnumber':
      return Buffer.byteLength(text) <= 126 ? undefined : 'EOVERFLOW';
    default:
      return undefined;
  }
}

function fill(place: string, { attributes = {}, folders = {} }: Template): void {
  for (const [name, text] of Object.entries(attributes))
    writeFileSync(path.join(place, name), text);
  for (const [name, template] of Object.entries(folders)) {
    mkdirSync(path.join(place, name));
    fill(path.join(place, name), template);
  }
}

function refusal(code: string, syscall: string, place: string): Error {
  return Object.assign(new Error(`${code}: ${syscall} '${place}'`), { code, syscall, path: place });
}
