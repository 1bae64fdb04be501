import assert from 'node:assert/strict';
import { boards, exists, files, list, options, read, statements } from './tree.ts';

/** Files of this repository that a Buildroot configuration names. */
function namedFiles(text: string): string[] {
  return [...text.matchAll(/\$\(BR2_EXTERNAL_ENF_PATH\)\/([^" ]+)/g)].map((match) =>
    (match[1] ?? '').startsWith('../')
      ? (match[1] ?? '').slice(3)
      : `br2-external/${match[1] ?? ''}`,
  );
}

describe('external tree: configurations', () => {
  it('has one per card and one for QEMU', () => {
    assert.deepEqual(boards, ['qemu_card', 'xaprc001', 'xaprw001']);
  });

  for (const board of boards) {
    describe(board, () => {
      const config = options('configs', `${board}_defconfig`);

      it('refers to files that exist', () => {
        const named = namedFiles(read('configs', `${board}_defconfig`));
        assert.ok(named.length >= 6);
        for (const name of named) assert.ok(exists(name), name);
      });

      it('downloads nothing without a checksum, and the same kernel as the others', () => {
        assert.equal(config.get('BR2_DOWNLOAD_FORCE_CHECK_HASHES'), 'y');
        const version = config.get('BR2_LINUX_KERNEL_CUSTOM_VERSION_VALUE') ?? '';
        assert.equal(
          version,
          options('configs/qemu_card_defconfig').get('BR2_LINUX_KERNEL_CUSTOM_VERSION_VALUE'),
        );
        for (const name of ['linux', 'linux-headers']) {
          const hash = read('br2-external/patches', name, `${name}.hash`);
          assert.match(
            hash,
            new RegExp(`^sha256  [0-9a-f]{64}  linux-${version}\\.tar\\.xz$`, 'm'),
          );
        }
        const series = version.split('.').slice(0, 2).join('_');
        assert.equal(config.get(`BR2_PACKAGE_HOST_LINUX_HEADERS_CUSTOM_${series}`), 'y');
      });

      it('builds a read-only root for a processor with hard floating point', () => {
        const text = read('configs', `${board}_defconfig`);
        for (const line of [
          'BR2_cortex_a5=y',
          'BR2_ARM_ENABLE_NEON=y',
          'BR2_ARM_ENABLE_VFP=y',
          'BR2_TIME_BITS_64=y',
          'BR2_REPRODUCIBLE=y',
          '# BR2_TARGET_GENERIC_REMOUNT_ROOTFS_RW is not set',
          '# BR2_TARGET_ENABLE_ROOT_LOGIN is not set',
          'BR2_PACKAGE_ENFTUN=y',
        ]) {
          assert.ok(text.includes(`${line}\n`), line);
        }
      });
    });
  }

  it('gives both cards the same but for device tree, radio and overlay', () => {
    const own = /xapr[cw]001|WIRELESS_REGDB|PACKAGE_IW=|WPA_SUPPLICANT|LINUX_FIRMWARE/;
    const common = (board: string) =>
      read('configs', `${board}_defconfig`)
        .split('\n')
        .filter((line) => !own.test(line));
    assert.deepEqual(common('xaprc001'), common('xaprw001'));
  });

  it('names in every variant only options of Buildroot and of this tree', () => {
    for (const name of list('configs/variants')) {
      const lines = read('configs/variants', name).split('\n').slice(0, -1);
      for (const line of lines) assert.match(line, /^(# |BR2_\w+=)/, `${name}: ${line}`);
    }
  });
});

describe('external tree: kernels', () => {
  /** What the quick image's modules are called where a kernel is configured; undefined: hardware of QEMU. */
  const optionOf: Record<string, string | undefined> = {
    libcomposite: 'USB_GADGET',
    usb_f_ncm: 'USB_CONFIGFS_NCM',
    usb_f_ecm: 'USB_CONFIGFS_ECM',
    usb_f_rndis: 'USB_CONFIGFS_RNDIS',
    usb_f_acm: 'USB_CONFIGFS_ACM',
    usb_f_fs: 'USB_CONFIGFS_F_FS',
    tun: 'TUN',
    veth: 'VETH',
    nf_tables: 'NF_TABLES',
    nft_ct: 'NFT_CT',
    nft_limit: 'NFT_LIMIT',
    nft_fwd_netdev: 'NFT_FWD_NETDEV',
    nft_reject_inet: 'NFT_REJECT',
    loop: 'BLK_DEV_LOOP',
    autofs4: 'AUTOFS_FS',
    ext4: 'EXT4_FS',
    crc32c_generic: 'EXT4_FS',
    cfg80211: undefined,
    dummy_hcd: undefined,
    'usbip-vudc': undefined,
    virtio_mmio: undefined,
    virtio_blk: undefined,
    virtio_net: undefined,
    virtio_console: undefined,
    virtio_rng: undefined,
    'rtc-pl031': undefined,
  };

  it('have built in what the quick image takes as modules', () => {
    const fragment = options('board/common/linux.fragment');
    for (const name of statements(read('board/qemu/modules/product.list')).filter(
      (line) => !line.startsWith('#'),
    )) {
      assert.ok(
        name in optionOf,
        `${name}: which kernel option is it? Add it here and to linux.fragment`,
      );
      const option = optionOf[name];
      if (option !== undefined) assert.equal(fragment.get(`CONFIG_${option}`), 'y', option);
    }
    assert.equal(options('board/xaprw001/linux.fragment').get('CONFIG_CFG80211'), 'y');
  });
});

describe('external tree: eMMC', () => {
  const text = read('board/common/genimage.cfg');
  const mebibyte = 1024 * 1024;
  const bytes = (size: string) => Number.parseInt(size, 10) * mebibyte;
  const partitions = [...text.matchAll(/partition ([\w-]+) \{([^}]*)\}/g)].map((match) => {
    const value = (key: string) =>
      new RegExp(`\\b${key} = "?(\\w[\\w.]*)`).exec(match[2] ?? '')?.[1];
    return { name: match[1], offset: value('offset'), size: value('size'), image: value('image') };
  });

  it('has boot, two root slots of 256 MiB and data of 256 MiB, in the order that every other file assumes', () => {
    assert.deepEqual(
      partitions.map(({ name, size }) => [name, size]),
      [
        ['boot', undefined],
        ['rootfs-a', '256M'],
        ['rootfs-b', '256M'],
        ['data', '256M'],
      ],
    );
    for (const board of boards.filter((name) => name.startsWith('xap'))) {
      const slots = read('board', board, 'overlay/etc/rauc/system.conf');
      assert.match(slots, /device=\/dev\/mmcblk0p2\ntype=ext4\nbootname=A/);
      assert.match(slots, /device=\/dev\/mmcblk0p3\ntype=ext4\nbootname=B/);
      assert.equal(
        options('configs', `${board}_defconfig`).get('BR2_TARGET_ROOTFS_EXT2_SIZE'),
        '256M',
      );
    }
  });

  it('ends below the identity area, and leaves the boot loader environment alone', () => {
    const [boot, ...others] = partitions;
    const start = bytes(boot?.offset ?? '');
    const end =
      bytes(others[0]?.offset ?? '') + others.reduce((sum, { size }) => sum + bytes(size ?? ''), 0);
    assert.ok(end <= 0x40000000, `ends at ${end}`);
    const environment = options('board/common/u-boot/u-boot.config');
    const size = Number(environment.get('CONFIG_ENV_SIZE'));
    const copies = ['CONFIG_ENV_OFFSET', 'CONFIG_ENV_OFFSET_REDUND'].map((name) =>
      Number(environment.get(name)),
    );
    assert.deepEqual(copies, [0x100000, 0x200000]);
    for (const offset of copies) assert.ok(offset >= 512 && offset + size <= start);
    const tools = read('board/common/overlay/etc/fw_env.config');
    const rows = [...tools.matchAll(/^\/dev\/mmcblk0\t(0x\w+)\t(0x\w+)$/gm)];
    assert.deepEqual(
      rows.map((row) => [Number(row[1]), Number(row[2])]),
      copies.map((offset) => [offset, size]),
    );
  });

  it('boots what the root file system contains', () => {
    const environment = read('board/common/u-boot/u-boot.env');
    assert.match(environment, /load mmc 0:\$\{part\} \$\{kernel_address\} \/boot\/zImage/);
    assert.match(environment, /\/boot\/card\.dtb/);
    assert.match(read('board/common/post-build.sh'), /boot\/card\.dtb/);
    assert.match(environment, /^bootcmd=run boot_slots$/m);
    assert.match(environment, /init=\/usr\/bin\/card-init/);
    assert.ok(exists('overlay/usr/bin/card-init'));
    for (const line of environment.split('\n').slice(0, -1)) {
      assert.match(line, /^(#.*|\w+=.+)$/, 'one line per variable');
    }
  });
});

describe('external tree: boot loader', () => {
  /** What a command of the boot script needs; `load`, `ls` and `fstype` need a partition table as well. */
  const optionOf: Record<string, string> = {
    bootz: 'CMD_BOOTZ',
    fstype: 'CMD_FS_GENERIC',
    load: 'CMD_FS_GENERIC',
    ls: 'CMD_EXT4',
    mmc: 'CMD_MMC',
    part: 'CMD_PART',
    setexpr: 'CMD_SETEXPR',
    sleep: 'CMD_SLEEP',
    ums: 'CMD_USB_MASS_STORAGE',
  };
  const ofTheShell =
    /^(do|done|echo|else|false|fi|for|if|reset|run|saveenv|setenv|test|then|true)$/;

  it('has every command of its script', () => {
    const config = options('board/common/u-boot/u-boot.config');
    const script = statements(read('board/common/u-boot/u-boot.env')).filter((line) =>
      /^[a-zA-Z_]+=(if|for|run|setenv|mmc)\b/.test(line),
    );
    const commands = script.flatMap((line) =>
      line
        .slice(line.indexOf('=') + 1)
        .replaceAll(/\b(?:if|then|else|do) /g, '; ')
        .split(/;|&&|\|\|/)
        .map((command) => command.trim().split(' ')[0] ?? ''),
    );
    const foreign = new Set(commands.filter((name) => name !== '' && !ofTheShell.test(name)));
    assert.deepEqual([...foreign].sort(), Object.keys(optionOf).sort());
    for (const option of [...Object.values(optionOf), 'DOS_PARTITION', 'HUSH_PARSER']) {
      assert.equal(config.get(`CONFIG_${option}`), 'y', option);
    }
  });

  it('takes from the eMMC nothing but the choice of the slot', () => {
    assert.equal(
      options('board/common/u-boot/u-boot.config').get('CONFIG_ENV_WRITEABLE_LIST'),
      'y',
    );
    const [patch = ''] = list('br2-external/patches/uboot');
    const [, names = ''] =
      /CFG_ENV_FLAGS_LIST_STATIC \\\n\+\s*"([^"]*)"/.exec(
        read('br2-external/patches/uboot', patch),
      ) ?? [];
    assert.equal(names, 'BOOT_ORDER:sw,BOOT_A_LEFT:xw,BOOT_B_LEFT:xw');
  });
});

describe('external tree: overlays', () => {
  const overlays = [
    'overlay',
    'board/common/overlay',
    'board/common/development',
    'board/qemu/overlay',
    'board/xaprc001/overlay',
    'board/xaprw001/overlay',
  ];
  const all = overlays.flatMap(files);
  const inRoot = new Set(all.map((name) => name.replace(/^.*?(overlay|development)/, '')));
  /** What every image has beside our own: shell, coreutils, systemd, and the tools of the network. */
  const common =
    /^\/(usr\/)?(bin|sbin)\/(sh|bash|cat|chmod|chown|cp|kill|ln|mkdir|mount|mv|rm|sleep|sync|touch|true|ip|nft|agetty|systemctl|wpa_supplicant)$|^\/usr\/lib\/systemd\//;

  it('has units that refer to programs which are there', () => {
    const units = all.filter(
      (name) => /\.(service|conf)$/.test(name) && name.includes('/systemd/system/'),
    );
    let seen = 0;
    for (const unit of units.filter((name) => exists(name))) {
      const text = unit.endsWith('service') || unit.includes('.service.d/') ? safeRead(unit) : '';
      for (const match of text.matchAll(/^Exec\w+=[-+!@]*(\/\S+)/gm)) {
        const program = match[1] ?? '';
        seen += 1;
        assert.ok(inRoot.has(program) || common.test(program), `${unit}: ${program}`);
      }
    }
    assert.ok(seen >= 8, `${seen} programs`);
  });

  it('have programs in usr/bin alone: Buildroot refuses other places, which it merges', () => {
    for (const overlay of overlays) {
      for (const place of ['bin', 'sbin', 'lib', 'usr/sbin'])
        assert.ok(!exists(`${overlay}/${place}`), `${overlay}/${place}`);
    }
  });

  function safeRead(name: string): string {
    try {
      return read(name);
    } catch {
      return ''; // a link to /dev/null or into the image
    }
  }
});
