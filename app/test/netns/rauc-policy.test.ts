/**
 * Who may speak to the update service: a real dbus-daemon with the policy file of the cards' images. The service is
 * started on demand, as on a card; here its program ends at once, and who gets as far as starting it was let through.
 */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { labFolder } from '../harness/paths.ts';
import { Program, run } from '../harness/process.ts';
import { until } from '../harness/until.ts';

const policy = path.resolve(
  import.meta.dirname,
  '../../../board/common/overlay/usr/share/dbus-1/system.d/de.pengutronix.rauc.conf',
);
const folder = `${labFolder}/rauc-policy`;
const socket = `${folder}/bus`;
const nobody = 65534;

describe('policy of the update service', () => {
  let bus: Program | undefined;

  /** A bus that is like the system's in what counts: method calls are denied unless a policy allows them. */
  async function startBus(file: string): Promise<void> {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(`${folder}/services`, { recursive: true });
    chmodSync(folder, 0o755);
    writeFileSync(
      `${folder}/services/de.pengutronix.rauc.service`,
      '[D-BUS Service]\nName=de.pengutronix.rauc\nExec=/bin/false\n',
    );
    writeFileSync(
      `${folder}/bus.conf`,
      `<busconfig>
        <type>system-like</type>
        <listen>unix:path=${socket}</listen>
        <servicedir>${folder}/services</servicedir>
        <auth>EXTERNAL</auth>
        <policy context="default">
          <allow user="*"/>
          <deny own="*"/>
          <deny send_type="method_call"/>
          <allow send_type="signal"/>
          <allow send_destination="org.freedesktop.DBus"/>
          <allow receive_type="method_return"/>
          <allow receive_type="error"/>
        </policy>
        <include>${file}</include>
      </busconfig>`,
    );
    bus = Program.start(
      'dbus-daemon',
      ['dbus-daemon', '--nofork', '--nopidfile', `--config-file=${folder}/bus.conf`],
      { log: `${folder}/bus.log` },
    );
    await until('the bus to listen', 10, () => existsSync(socket));
  }
  afterEach(async () => {
    await bus?.stop();
    bus = undefined;
  });

  /** The name of the error that a user's call ends with. */
  async function call(user: number): Promise<string> {
    const { stderr } = await run(
      [
        ...['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups'],
        ...['dbus-send', `--bus=unix:path=${socket}`, '--print-reply', '--reply-timeout=10000'],
        ...['--dest=de.pengutronix.rauc', '/', 'de.pengutronix.rauc.Installer.Mark'],
        ...['string:bad', 'string:booted'],
      ],
      { mayFail: true },
    );
    return stderr;
  }

  it('lets root through only', async () => {
    await startBus(policy);
    assert.match(await call(0), /org\.freedesktop\.DBus\.Error\.Spawn/);
    assert.match(await call(nobody), /org\.freedesktop\.DBus\.Error\.AccessDenied/);
  });
});
