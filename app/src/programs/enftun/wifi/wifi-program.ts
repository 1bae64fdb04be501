/** Carries out one `enftun wifi` request and returns the exit status. */
import { ConfigError } from '../../../core/errors.ts';
import { carryOut } from '../../../platform/command-line/carry-out.ts';
import { exitStatus } from '../../../platform/exit-status.ts';
import { requireKept } from '../../../status/format-storage.ts';
import { table } from './command-table.ts';
import { parseWifiCommandLine, type WifiPlace, type WifiRequest } from './command-line.ts';
import { countryOf, withCountry, withNetwork, withoutNetwork } from './edit-supplicant-file.ts';
import { changeNetworks, fileOf, readNetworks } from './network-store.ts';
import { printHeard, printNetworks, printWifiStatus, shownName } from './print-wifi.ts';
import { passwordFrom, passwordFromFile, type PasswordPrompt } from './read-password.ts';
import { secretFrom } from './security.ts';
import { networksOf } from './supplicant-file.ts';
import { askStatus, lookAround, type Radio } from './radio.ts';

export interface WifiContext {
  readonly argv: readonly string[];
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  readonly stdin: PasswordPrompt['input'];
  readonly radio: Radio;
  /** What a country may be; undefined when this machine has no list of them. */
  readonly countries: ReadonlySet<string> | undefined;
}

type RequestOf<Command extends WifiRequest['command']> = Extract<WifiRequest, { command: Command }>;

/** Rejects only for a bug. */
export async function runWifi(context: WifiContext): Promise<number> {
  const request = parseWifiCommandLine(context.argv);
  return carryOut(table, request, context, (wanted) => run(context, wanted));
}

function run(context: WifiContext, request: WifiRequest): Promise<number> {
  switch (request.command) {
    case 'add':
      return add(context, request);
    case 'remove':
      return remove(context, request);
    case 'country':
      return country(context, request);
    case 'list':
      return list(context, request.place, request.isJson);
    case 'status':
      return status(context, request.place, request.isJson);
    case 'scan':
      return scan(context, request.place, request.isJson);
  }
}

async function add(context: WifiContext, request: RequestOf<'add'>): Promise<number> {
  const { ssid, security, passwordFile, isHidden, priority, place } = request;
  // First: a person should not type a password only to learn that it cannot be kept.
  requireKept(place.folder);
  await readNetworks(place);
  const password =
    security === 'open' ? '' : await passwordOf(context, passwordFile, shownName(ssid));
  const found = secretFrom(password, security, ssid);
  if (!found.ok) throw new ConfigError(found.problem, { file: passwordFile ?? 'standard input' });
  const network = { ssid, security, secret: found.secret, isHidden, priority };
  const before = await changeNetworks(place, (networks) => withNetwork(networks, network));
  const isKnown = networksOf(before).some((known) => known.ssid.hex === ssid.hex);
  context.stdout(
    `${shownName(ssid)}: ${isKnown ? 'changed' : 'added'}. See how it goes: enftun wifi status\n`,
  );
  if (countryOf(before) === undefined) {
    context.stderr(
      'enftun wifi: no country is set; the card keeps to what is allowed everywhere (enftun wifi country CC)\n',
    );
  }
  return exitStatus.success;
}

function passwordOf(
  { stdin, stderr }: WifiContext,
  file: string | undefined,
  name: string,
): Promise<string> {
  if (file !== undefined) return passwordFromFile(file);
  return passwordFrom({ input: stdin, show: stderr }, `Password of ${name}: `);
}

async function remove(context: WifiContext, request: RequestOf<'remove'>): Promise<number> {
  const { ssid, place } = request;
  await changeNetworks(place, (before) => {
    if (networksOf(before).some((network) => network.ssid.hex === ssid.hex)) {
      return withoutNetwork(before, ssid);
    }
    throw new ConfigError(`no network is called ${shownName(ssid)}; see enftun wifi list`, {
      file: fileOf(place),
    });
  });
  context.stdout(`${shownName(ssid)}: removed.\n`);
  return exitStatus.success;
}

async function country(context: WifiContext, request: RequestOf<'country'>): Promise<number> {
  const { place, country: wanted } = request;
  if (wanted === undefined) {
    context.stdout(`${countryOf(await readNetworks(place)) ?? 'not set'}\n`);
    return exitStatus.success;
  }
  if (context.countries?.has(wanted) === false) {
    const hint = wanted === 'UK' ? '; the United Kingdom is GB' : '';
    const problem = `${wanted} is not a country that the radio has rules for${hint}`;
    context.stderr(`enftun wifi: ${problem}; use two letters of ISO 3166, such as DE\n`);
    return exitStatus.usage;
  }
  await changeNetworks(place, (before) => withCountry(before, wanted));
  return exitStatus.success;
}

async function list(context: WifiContext, place: WifiPlace, isJson: boolean): Promise<number> {
  const file = await readNetworks(place);
  if (file.problem !== undefined) {
    const { line, problem } = file.problem;
    const effect = 'wpa_supplicant refuses the whole file until that line is corrected';
    context.stderr(`enftun wifi: ${fileOf(place)}:${line}: ${problem}; ${effect}\n`);
  }
  const networks = networksOf(file);
  if (!isJson) {
    context.stdout(printNetworks(networks, countryOf(file)));
    return exitStatus.success;
  }
  printJson(context, {
    interface: place.interfaceName,
    country: countryOf(file) ?? null,
    networks: networks.map(({ ssid, security, isHidden, priority }) => {
      return { ssid: ssid.text, ssidHex: ssid.hex, security, isHidden, priority };
    }),
  });
  return exitStatus.success;
}

async function status(context: WifiContext, place: WifiPlace, isJson: boolean): Promise<number> {
  const found = await askStatus(context.radio, place.interfaceName);
  if (isJson) printJson(context, found);
  else context.stdout(printWifiStatus(found));
  return found.state === 'connected' ? exitStatus.success : exitStatus.notUp;
}

async function scan(context: WifiContext, place: WifiPlace, isJson: boolean): Promise<number> {
  const stations = await lookAround(context.radio, place.interfaceName);
  if (isJson) {
    const values = stations.map((station) => ({
      ssid: station.ssid?.text ?? null,
      ssidHex: station.ssid?.hex ?? null,
      accessPoint: station.bssid,
      frequencyMhz: station.frequencyMhz,
      signalDbm: station.signalDbm,
      security: station.security,
      ageSeconds: station.ageSeconds,
    }));
    printJson(context, values);
    return exitStatus.success;
  }
  const names = networksOf(await readNetworks(place)).map(({ ssid }) => ssid.hex);
  context.stdout(printHeard(stations, new Set(names)));
  return exitStatus.success;
}

function printJson({ stdout }: WifiContext, value: unknown): void {
  stdout(`${JSON.stringify(value, undefined, 2)}\n`);
}
