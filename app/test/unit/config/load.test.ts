import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ConfigError } from '../../../src/core/errors.ts';
import { formatConfigWarning } from '../../../src/config/config-warning.ts';
import type { LoadedConfig } from '../../../src/config/build-config.ts';
import { loadConfig } from '../../../src/config/load.ts';
import { hex } from '../router/packets.ts';
import { scratchFolder } from '../platform/scratch-folder.ts';
import { serverHosts } from '../uplink/server-hosts.ts';

describe('configuration', () => {
  const folder = scratchFolder();
  let file: string;
  beforeEach(() => {
    file = path.join(folder(), 'enf0.conf');
  });

  function load(text: string): LoadedConfig {
    writeFileSync(file, text);
    return loadConfig(file);
  }

  /** Warnings of a text without the file's name. */
  function warnings(text: string): string[] {
    return load(text).warnings.map((one) => formatConfigWarning(one).replace(file, ''));
  }

  function refusal(text: string): string {
    let message = '';
    assert.throws(
      () => load(text),
      (error) => {
        assert.ok(error instanceof ConfigError, String(error));
        message = error.message.replace(file, '');
        return true;
      },
    );
    return message;
  }

  it('has a default for every key', () => {
    const { config, warnings } = load('');
    assert.deepEqual(warnings, []);
    assert.deepEqual(config, {
      file,
      tun: {
        dev: 'enf0',
        devNode: '/dev/net/tun',
        ipPath: '/bin/ip',
        ipSet: true,
        lladdr: undefined,
      },
      link: { type: 'tun', dev: 'enf0', hostMac: undefined },
      remote: {
        hosts: serverHosts('23.147.128.112'),
        port: 443,
        caCertFile: '/etc/enftun/enf.cacert.pem',
        heartbeatPeriod: 300_000,
        heartbeatTimeout: 10_000,
        serverName: undefined,
        serverPins: [],
        tls: 'native',
        dnsServers: [],
        transports: undefined,
        psockSocket: '/run/psock/socket',
        hssFamily: 45,
      },
      route: {
        fwmark: 363,
        table: 2097,
        prefixes: [{ text: 'default', value: { address: new Uint8Array(16), length: 0 } }],
        trustedInterfaces: [],
        allowIpv4: false,
        raPeriod: 600_000,
        dnsServers: [],
        dnsSearch: [],
      },
      status: { socket: undefined },
      identity: {
        certFile: undefined,
        keyFile: undefined,
        ipFile: undefined,
        xtt: { enable: false, remotePort: 444, basename: undefined, groupFolder: undefined },
        tpm: {
          enable: false,
          tcti: 'device',
          device: '/dev/tpm0',
          socketHost: 'localhost',
          socketPort: '2321',
          hierarchy: 0x40000001,
          password: undefined,
          parent: 0x81000001,
        },
      },
    });
  });

  it('takes every key', () => {
    const { config, warnings } = load(`
      tun = { dev = "enf1" dev_node = "/t" ip_path = "/sbin/ip" ip_set = false lladdr = "02:00:5E:10:00:01" }
      link = { type = "ethernet" dev = "usb1" host_mac = "02-00-5e-10-00-02" }
      remote = {
        hosts = [ "enf.example", "2001:db8::1", "192.0.2.1" ] port = "4443" ca_cert_file = "ca"
        server_name = "router.enf.example" server_pins = [ "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" ]
        dns_servers = [ "192.0.2.53", "2001:db8::53" ] heartbeat_period = 1000 heartbeat_timeout = 500
        tls = "node" transports = [ "psock", "tcp", "hss", "tcp" ] psock_socket = "/run/p" hss_family = 46
      }
      route = {
        fwmark = -1 table = 0xffffffff prefixes = [ "2607:8f80::/32", "2001:db8::1", "default" ]
        trusted_interfaces = [ "eth0" ] allow_ipv4 = false ra_period = 4000
        dns_servers = [ "2607:8f80::53" ] dns_search = [ "enf.example" ]
      }
      status = { socket = "/run/s" }
      identity = {
        cert_file = "c" key_file = "k" ip_file = "i"
        xtt = { remote_port = "4444" basename = "xaprcnet" group_folder = "g" }
        tpm = { tcti = "socket" device = "/dev/tpmrm0" socket_host = "::1" socket_port = "2322"
                hierarchy = 0x4000000C password = "p" parent = 0x81000002 }
      }`);
    assert.deepEqual(
      warnings.map(({ key, problem }) => [key, problem]),
      [],
    );
    assert.deepEqual(config, {
      file,
      tun: {
        dev: 'enf1',
        devNode: '/t',
        ipPath: '/sbin/ip',
        ipSet: false,
        lladdr: Uint8Array.of(2, 0, 0x5e, 0x10, 0, 1),
      },
      link: { type: 'ethernet', dev: 'usb1', hostMac: Uint8Array.of(2, 0, 0x5e, 0x10, 0, 2) },
      remote: {
        hosts: serverHosts('enf.example', '2001:db8::1', '192.0.2.1'),
        port: 4443,
        caCertFile: 'ca',
        heartbeatPeriod: 1000,
        heartbeatTimeout: 500,
        serverName: 'router.enf.example',
        serverPins: ['47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='],
        tls: 'node',
        dnsServers: ['192.0.2.53', '2001:db8::53'],
        transports: ['psock', 'tcp', 'hss'],
        psockSocket: '/run/p',
        hssFamily: 46,
      },
      route: {
        fwmark: -1,
        table: 0xffffffff,
        prefixes: [
          {
            text: '2607:8f80::/32',
            value: { address: hex('26078f80'.padEnd(32, '0')), length: 32 },
          },
          {
            text: '2001:db8::1',
            value: { address: hex('20010db8'.padEnd(31, '0') + '1'), length: 128 },
          },
          { text: 'default', value: { address: new Uint8Array(16), length: 0 } },
        ],
        trustedInterfaces: ['eth0'],
        allowIpv4: false,
        raPeriod: 4000,
        dnsServers: [{ text: '2607:8f80::53', value: hex('26078f80'.padEnd(30, '0') + '53') }],
        dnsSearch: ['enf.example'],
      },
      status: { socket: '/run/s' },
      identity: {
        certFile: 'c',
        keyFile: 'k',
        ipFile: 'i',
        xtt: { enable: true, remotePort: 4444, basename: 'xaprcnet', groupFolder: 'g' },
        tpm: {
          enable: true,
          tcti: 'socket',
          device: '/dev/tpmrm0',
          socketHost: '::1',
          socketPort: '2322',
          hierarchy: 0x4000000c,
          password: 'p',
          parent: 0x81000002,
        },
      },
    });
  });

  describe('older and other places', () => {
    it('reads TPM and heartbeat keys where 0.7.3 had them', () => {
      const { config, warnings } = load(`
        route = { heartbeat_period = 7000 heartbeat_timeout = 8000 }
        identity = { xtt = { tcti = "socket" device = "/dev/tpmrm0" socket_host = "h" socket_port = "9" } }`);
      assert.deepEqual(warnings, []);
      assert.equal(config.remote.heartbeatPeriod, 7000);
      assert.equal(config.remote.heartbeatTimeout, 8000);
      const { enable, tcti, device, socketHost, socketPort } = config.identity.tpm;
      assert.deepEqual(
        [enable, tcti, device, socketHost, socketPort],
        [false, 'socket', '/dev/tpmrm0', 'h', '9'],
      );
    });

    it('reads remote.host, as one string too, and tun.set_address', () => {
      const { config, warnings } = load(
        'remote = { host = "192.0.2.1" } tun = { set_address = false }',
      );
      assert.deepEqual(warnings, []);
      assert.deepEqual(config.remote.hosts, serverHosts('192.0.2.1'));
      assert.equal(config.tun.ipSet, false);
    });

    it('prefers the proper place and says so', () => {
      const text = 'tun = {\nset_address = true\nip_set = false }';
      assert.equal(load(text).config.tun.ipSet, false);
      assert.deepEqual(warnings(text), [
        ':2: tun.set_address: means the same as tun.ip_set, which is set too and wins',
      ]);
    });

    it('warns once of a group without effect, and not of what is in it', () => {
      assert.deepEqual(load('identity = { tpm = { hierarchy = 1 parent = 2 } }').warnings, []);
    });

    it('reads where the TPM is in the group of XTT, as older files have it', () => {
      const path = 'identity = { xtt = { tcti = "socket" device = "/dev/tpmrm0" } }';
      assert.deepEqual(load(path).warnings, []);
      const { tcti, device } = load(path).config.identity.tpm;
      assert.deepEqual({ tcti, device }, { tcti: 'socket', device: '/dev/tpmrm0' });
    });

    it('accepts in silence what older files had without a meaning', () => {
      assert.deepEqual(
        warnings('version = "1.0" identity = { ipv6_network = "2001:db8::/64" }'),
        [],
      );
    });
  });

  it('warns of transports that cannot resolve the names of the servers', () => {
    const hosts = 'remote = {\nhosts = [ "enf.example" ]\n';
    assert.deepEqual(warnings(`${hosts}transports = [ "tcp", "psock" ] }`), [
      ':3: remote.transports: psock cannot resolve names, and remote.hosts has no address',
    ]);
    assert.deepEqual(warnings(`${hosts}transports = "tcp" }`), []);
    assert.deepEqual(warnings(`${hosts}}`), []);
    const both = 'remote = { hosts = [ "enf.example", "192.0.2.1" ] transports = "psock" }';
    assert.deepEqual(warnings(both), []);
  });

  it('has the group identity.xtt enable provisioning even when it is empty', () => {
    assert.deepEqual(load('identity = { xtt = {} }').config.identity.xtt, {
      enable: true,
      remotePort: 444,
      basename: undefined,
      groupFolder: undefined,
    });
  });

  it('takes 0 and negative numbers for TPM handles as older readers did', () => {
    const { tpm } = load('identity = { tpm = { hierarchy = 0 parent = -2130706430 } }').config
      .identity;
    assert.deepEqual([tpm.hierarchy, tpm.parent], [0x40000001, 0x81000002]);
  });

  const warned: [title: string, text: string, expected: string][] = [
    [
      'an unknown key',
      '\ntun = {\n lladr = "x" }',
      ':3: tun.lladr: unknown key, ignored; did you mean tun.lladdr?',
    ],
    [
      'a key outside its group',
      'port = "1"',
      ':1: port: unknown key, ignored; did you mean remote.port?',
    ],
    [
      'a group that is misspelt, once',
      'remotes = { port = "1" hosts = [ ] }',
      ':1: remotes: unknown key, ignored; did you mean remote?',
    ],
    ['a key like no other', 'weather = "fine"', ':1: weather: unknown key, ignored'],
    [
      'a key of a name that objects have',
      'constructor = 1',
      ':1: constructor: unknown key, ignored',
    ],
    [
      'a port without quotes',
      'remote = { port = 4443 }',
      ':1: remote.port: wrong type; expected a string, found integer 4443; the default is used: 443',
    ],
    [
      'a list for an array',
      'route = { prefixes = ( "default" ) }',
      ':1: route.prefixes: wrong type; expected an array of strings in square brackets, found a list in parentheses; the default is used: default',
    ],
    [
      'an array of numbers',
      'remote = { hosts = [ 1 ] }',
      ':1: remote.hosts: wrong type; expected an array of strings in square brackets, found an array of integer values; the default is used: 23.147.128.112',
    ],
    [
      'a string for a number',
      'route = { fwmark = "1" }',
      ':1: route.fwmark: wrong type; expected an integer, found the string "1"; the default is used: 363',
    ],
    [
      'a float for a period',
      'route = { ra_period = 6e5 }',
      ':1: route.ra_period: wrong type; expected an integer, found float 600000; the default is used: 600000',
    ],
    [
      'a number for a boolean',
      'route = { allow_ipv4 = 1 }',
      ':1: route.allow_ipv4: wrong type; expected true or false, found integer 1; the default is used: false',
    ],
    [
      'a number for a path',
      'identity = { cert_file = 1 }',
      ':1: identity.cert_file: wrong type; expected a string, found integer 1; it stays unset',
    ],
    [
      'a group that is a string',
      'tun = "enf0"',
      ':1: tun: wrong type; expected a group in braces, found the string "enf0"; ignored',
    ],
    [
      'a presence that is not a group',
      'identity = { xtt = true }',
      ':1: identity.xtt: wrong type; expected a group in braces, found boolean true; the default is used: 0',
    ],
    [
      'a short period',
      'route = { ra_period = 10 }',
      ':1: route.ra_period: 10 ms is outside 4000..1800000 ms; 4000 ms is used',
    ],
    [
      'a long period',
      'route = { ra_period = 3600000 }',
      ':1: route.ra_period: 3600000 ms is outside 4000..1800000 ms; 1800000 ms is used',
    ],
    [
      'a heartbeat of zero',
      'remote = { heartbeat_period = 0 }',
      ':1: remote.heartbeat_period: 0 ms is outside 100..2147483647 ms; 100 ms is used',
    ],
    [
      'an Ethernet device beside a TUN',
      'link = { dev = "usb0" }',
      ':1: link.dev: is for link.type "ethernet" only; the interface is tun.dev: enf0',
    ],
  ];
  for (const [title, text, expected] of warned) {
    it(`warns of ${title}`, () => assert.deepEqual(warnings(text), [expected]));
  }

  it('leaves the default in place of a wrong type', () => {
    const { config } = load('remote = { port = 4443 hosts = ( "192.0.2.1" ) }');
    assert.deepEqual(
      [config.remote.port, config.remote.hosts],
      [443, serverHosts('23.147.128.112')],
    );
  });

  it('warns in the order of the file', () => {
    const lines = warnings('b = 1\nroute = { ra_period = 1 }\na = 1').map((text) =>
      text.slice(0, 3),
    );
    assert.deepEqual(lines, [':1:', ':2:', ':3:']);
  });

  it('gives the link device its default by type', () => {
    assert.equal(load('tun = { dev = "enf7" }').config.link.dev, 'enf7');
    assert.equal(load('link = { type = "ethernet" }').config.link.dev, 'usb0');
  });

  const refused: [title: string, text: string, expected: RegExp][] = [
    [
      'IPv4 on Ethernet',
      'link = { type = "ethernet" }\nroute = { allow_ipv4 = true }',
      /^:2: route\.allow_ipv4: IPv4 cannot be carried with link\.type "ethernet"; expected false, found true$/,
    ],
    [
      'an unknown link type',
      'link = { type = "wifi" }',
      /^:1: link\.type: unusable value; expected "tun" or "ethernet", found "wifi"$/,
    ],
    ['a link type of another type', 'link = { type = 1 }', /^:1: link\.type: wrong type/],
    [
      'pins that are not array: the restriction must not fall away',
      'remote = { server_pins = "x" }',
      /^:1: remote\.server_pins: wrong type; expected an array/,
    ],
    [
      'a server name that is not a string',
      'remote = { server_name = true }',
      /^:1: remote\.server_name: wrong type/,
    ],
    [
      'a pin that is too short',
      'remote = { server_pins = [ "AAAA" ] }',
      /server_pins: unusable value; expected base64 of a SHA-256/,
    ],
    [
      'a pin in hexadecimal',
      `remote = { server_pins = [ "${'0'.repeat(64)}" ] }`,
      /server_pins: unusable value/,
    ],
    [
      'an address as server name',
      'remote = { server_name = "192.0.2.1" }',
      /server_name: unusable value; expected a host name/,
    ],
    [
      'an address with a dot behind it as server name',
      'remote = { server_name = "192.0.2.1." }',
      /server_name: unusable value; expected a host name/,
    ],
    [
      'a server name with a hyphen at the end of a label',
      'remote = { server_name = "router-.example" }',
      /server_name: unusable value; expected a host name/,
    ],
    [
      'no hosts',
      'remote = { hosts = [ ] }',
      /remote\.hosts: unusable value; expected at least one, found an empty array/,
    ],
    [
      'a host with a port',
      'remote = { hosts = [ "enf.example:443" ] }',
      /expected an IP address or a host name, found "enf\.example:443"/,
    ],
    ['a URL as host', 'remote = { hosts = [ "https://enf.example" ] }', /remote\.hosts: unusable/],
    [
      'an address of three numbers',
      'remote = { hosts = [ "192.0.2" ] }',
      /remote\.hosts: unusable/,
    ],
    [
      'port 0',
      'remote = { port = "0" }',
      /remote\.port: unusable value; expected a port number from "1" to "65535", found "0"/,
    ],
    ['port 65536', 'remote = { port = "65536" }', /remote\.port/],
    ['a service name as port', 'remote = { port = "https" }', /remote\.port/],
    [
      'a misspelt policy: nothing would be routed',
      'route = { prefixes = [ "defualt" ] }',
      /prefixes: unusable value; expected "default", an IPv6/,
    ],
    ['an IPv4 prefix', 'route = { prefixes = [ "192.0.2.0\/24" ] }', /route\.prefixes/],
    ['a prefix of 129 bits', 'route = { prefixes = [ "2001:db8::\/129" ] }', /route\.prefixes/],
    [
      'a routing table 0',
      'route = { table = 0 }',
      /route\.table: unusable value; expected 1\.\.4294967295, found 0/,
    ],
    ['a mark of 33 bits', 'route = { fwmark = 0x100000000L }', /route\.fwmark/],
    [
      'an interface name of 16 characters',
      'tun = { dev = "abcdefghijklmnop" }',
      /tun\.dev: unusable value; expected an interface name of 1 to 15/,
    ],
    ['an interface name with a slash', 'tun = { dev = "a\/b" }', /tun\.dev/],
    ['an interface name of nothing', 'tun = { dev = "" }', /tun\.dev/],
    [
      'a path of nothing',
      'identity = { cert_file = "" }',
      /identity\.cert_file: unusable value; expected a path, found ""/,
    ],
    [
      'a multicast MAC',
      'link = { host_mac = "33:33:00:00:00:01" }',
      /link\.host_mac: unusable value; expected a unicast MAC/,
    ],
    ['a MAC of five bytes', 'tun = { lladdr = "02:00:5e:10:00" }', /tun\.lladdr/],
    [
      'an IPv4 DNS server for the host',
      'route = { dns_servers = [ "192.0.2.53" ] }',
      /route\.dns_servers: unusable value; expected an IPv6 address/,
    ],
    [
      'a DNS server with a zone for the host',
      'route = { dns_servers = [ "fe80::1%usb0" ] }',
      /route\.dns_servers/,
    ],
    [
      'a search domain with an empty label',
      'route = { dns_search = [ "a..b" ] }',
      /route\.dns_search/,
    ],
    [
      'a search domain with a label of 64',
      `route = { dns_search = [ "${'a'.repeat(64)}" ] }`,
      /route\.dns_search/,
    ],
    ...['', '.', '-a.example', 'a b', 'ä.example'].map((name): [string, string, RegExp] => [
      `${JSON.stringify(name)} as a search domain`,
      `route = { dns_search = [ "${name}", "good.example" ] }`,
      /route\.dns_search: unusable value; expected a domain name, found/,
    ]),
    [
      'a TPM interface of another kind',
      'identity = { tpm = { tcti = "tabrmd" } }',
      /tpm\.tcti: unusable value; expected "device" or "socket"/,
    ],
    [
      'a basename of 65 bytes',
      `identity = { xtt = { basename = "${'é'.repeat(33)}" } }`,
      /basename: unusable value; expected at most 64 bytes/,
    ],
    ['a syntax error', 'tun = {', /^:1: syntax error/],
  ];
  for (const [title, text, expected] of refused) {
    it(`refuses ${title}`, () => assert.match(refusal(text), expected));
  }

  describe('files', () => {
    it('names a file that is absent', () => {
      assert.throws(() => loadConfig(file), {
        name: 'ConfigError',
        message: `${file}: cannot be read: no such file or directory`,
      });
    });

    it('names a folder', () => {
      assert.throws(() => loadConfig(folder()), {
        name: 'ConfigError',
        message: `${folder()}: cannot be read: illegal operation on a directory`,
      });
    });

    it('does not read without end', () => {
      assert.throws(
        () => loadConfig('/dev/zero'),
        /^ConfigError: \/dev\/zero: is larger than 262144 bytes$/,
      );
    });

    it('reads a pipe', () => {
      const fifo = path.join(folder(), 'pipe');
      execFileSync('mkfifo', [fifo]);
      execFileSync('sh', ['-c', `(echo 'tun = {'; echo 'dev = "p" }') > '${fifo}' &`], {
        stdio: 'ignore',
      });
      assert.equal(loadConfig(fifo).config.tun.dev, 'p');
    });

    it('does not wait for a pipe at a reload', () => {
      const fifo = path.join(folder(), 'pipe');
      execFileSync('mkfifo', [fifo]);
      assert.throws(() => loadConfig(fifo, { isReload: true }), {
        name: 'ConfigError',
        message: `${fifo}: is not a regular file but a pipe`,
      });
      writeFileSync(file, 'tun = { }\n@include "pipe"');
      assert.throws(() => loadConfig(file, { isReload: true }), {
        message: `${file}:2: included file ${fifo} is not a regular file but a pipe`,
      });
    });

    it('names the line of a text that is not UTF-8', () => {
      writeFileSync(file, 'tun = {\n  dev = "a"\n  ip_path = "/opt/f\xfcr/ip"\n}\n', 'latin1');
      assert.throws(() => loadConfig(file), {
        message: `${file}:3: the text is not UTF-8; save the file in that encoding`,
      });
    });

    it('does not care for the encoding of a comment', () => {
      writeFileSync(file, '# f\xfcr\ntun = { dev = "a" } // \xe4\n', 'latin1');
      assert.equal(loadConfig(file).config.tun.dev, 'a');
    });

    it('reads text in UTF-8 beside a comment in another encoding', () => {
      const text = Buffer.concat([
        Buffer.from('# \xfc\n', 'latin1'),
        Buffer.from('tun = { ip_path = "/opt/für/ip" }'),
      ]);
      writeFileSync(file, text);
      assert.equal(loadConfig(file).config.tun.ipPath, '/opt/für/ip');
    });

    it('names a byte that is neither of a text nor of a comment', () => {
      writeFileSync(file, 'tun = { } \xfc', 'latin1');
      assert.throws(() => loadConfig(file), /expected a name or a value, found the byte 0xfc$/);
    });

    it('looks for included files beside the file that includes them', () => {
      mkdirSync(path.join(folder(), 'parts'));
      writeFileSync(path.join(folder(), 'parts', 'one'), '@include "two"\n');
      writeFileSync(path.join(folder(), 'parts', 'two'), 'tun = { dev = "x" }\nbad = 1');
      const { config, warnings } = load('@include "parts/one"');
      assert.equal(config.tun.dev, 'x');
      assert.equal(warnings[0]?.file, path.join(folder(), 'parts', 'two'));
      assert.equal(warnings[0].line, 2);
    });

    it('takes an absolute path of an included file as it is', () => {
      const other = path.join(folder(), 'other');
      writeFileSync(other, 'tun = { dev = "x" }');
      assert.equal(load(`@include "${other}"`).config.tun.dev, 'x');
    });

    it('names the line that includes a file that is absent', () => {
      const missing = path.join(folder(), 'missing');
      assert.equal(
        refusal('\n@include "missing"'),
        `:2: included file ${missing} cannot be read: no such file or directory`,
      );
    });
  });
});
