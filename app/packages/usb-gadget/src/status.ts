/** What configfs and the controller report about any gadget. */
import path from 'node:path';
import { controllerStatus, readAttribute, type ControllerStatus } from './controller.ts';
import { gadgetFolder, rootsOf, type GadgetOptions, type Roots } from './roots.ts';
import { errnoOf, systemError } from './system-failure.ts';

export interface GadgetStatus {
  name: string;
  /** Undefined while it is not bound. */
  controller: ControllerStatus | undefined;
  vendorId: number | undefined;
  productId: number | undefined;
  manufacturer: string | undefined;
  product: string | undefined;
  serialNumber: string | undefined;
  functions: FunctionStatus[];
}

export interface FunctionStatus {
  driver: string;
  instance: string;
  /** Of Ethernet functions; the name is undefined until the gadget was bound. */
  interfaceName?: string | undefined;
  hostMac?: string | undefined;
  deviceMac?: string | undefined;
  /** Of serial functions, such as `/dev/ttyGS0`. */
  serialPort?: string | undefined;
}

/** Undefined when there is no gadget of this name. */
export async function readStatus(
  name: string,
  options?: GadgetOptions,
): Promise<GadgetStatus | undefined> {
  const roots = rootsOf(options);
  const folder = gadgetFolder(roots, name);
  const attribute = (file: string) => readAttribute(roots, path.join(folder, file));
  const udc = await attribute('UDC');
  if (udc === undefined) return undefined;
  const language = (await folders(roots, path.join(folder, 'strings')))[0];
  const text = (file: string) =>
    language === undefined ? undefined : attribute(`strings/${language}/${file}`);
  const functions = await folders(roots, path.join(folder, 'functions'));
  return {
    name,
    controller: udc === '' ? undefined : await controllerStatus(roots, udc),
    vendorId: number(await attribute('idVendor')),
    productId: number(await attribute('idProduct')),
    manufacturer: await text('manufacturer'),
    product: await text('product'),
    serialNumber: await text('serialnumber'),
    functions: await Promise.all(
      functions.map((entry) => functionStatus(roots, path.join(folder, 'functions', entry))),
    ),
  };
}

async function functionStatus(roots: Roots, folder: string): Promise<FunctionStatus> {
  const [driver = '', ...instance] = path.basename(folder).split('.');
  const attribute = (file: string) => readAttribute(roots, path.join(folder, file));
  const status: FunctionStatus = { driver, instance: instance.join('.') };
  const hostMac = await attribute('host_addr');
  if (hostMac !== undefined) {
    const interfaceName = await attribute('ifname');
    status.hostMac = hostMac;
    status.deviceMac = await attribute('dev_addr');
    // Before the first bind the kernel shows the pattern or "(unnamed net_device)".
    status.interfaceName = /^[^%(]+$/.test(interfaceName ?? '') ? interfaceName : undefined;
  }
  const port = await attribute('port_num');
  if (port !== undefined) status.serialPort = `/dev/ttyGS${port}`;
  return status;
}

async function folders(roots: Roots, place: string): Promise<string[]> {
  try {
    const entries = await roots.files.list(place);
    return entries
      .filter(({ kind }) => kind === 'folder')
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    // It was removed while we looked.
    if (errnoOf(error) === 'ENOENT') return [];
    throw systemError('cannot read the state of the gadget', place, error);
  }
}

function number(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text);
}
