#!/bin/sh
# Installs the Debian packages of the named groups, those that are missing only: as root, else through sudo.
# Nothing here changes how the machine behaves: compilers, libraries and command-line tools.
# Tools that would (DHCP clients and the like) are unpacked by debian-tools.sh and never installed.
set -eu

usage() {
    cat <<'TEXT'
usage: debian-packages.sh GROUP...
groups:
  build   compiler and headers for the native addons of this machine, openssl for the tests
  cross   compiler for the card (armhf)
  cross-amd64, cross-arm64      compilers for Debian packages of these architectures
  deb     what builds and checks Debian packages
  nspawn  a machine with Debian in a container, to install packages on
  lab     network namespaces, nftables, ping, curl, a TPM simulator, a parser of metrics, what unpacks Debian's Node.js
  image   the quick ARM image, QEMU and U-Boot to boot it
  buildroot         what Buildroot asks of a machine
  buildroot-debian  the programs that stand in for Buildroot's own with the variant "debian"
  lint    shellcheck
TEXT
}

# Nothing more for the architecture of this machine.
compiler() {
    [ "$(dpkg --print-architecture)" = "$1" ] || echo "$2"
}

packages_of() {
    case "$1" in
        build) echo make g++ libuv1-dev libssl-dev libtss2-dev ca-certificates openssl ;;
        cross) echo g++-arm-linux-gnueabihf ;;
        cross-amd64) compiler amd64 g++-x86-64-linux-gnu ;;
        cross-arm64) compiler arm64 g++-aarch64-linux-gnu ;;
        nspawn) echo debian-archive-keyring mmdebstrap systemd-container util-linux ;;
        deb) echo binutils dpkg lintian mandoc xz-utils zsh ;;
        lab) echo iproute2 nftables iputils-ping curl util-linux procps libcap2-bin kmod swtpm tpm2-tools \
            python3-prometheus-client debian-archive-keyring dpkg ;;
        image) echo cpio debian-archive-keyring dpkg e2fsprogs fakeroot kmod qemu-system-arm qemu-utils u-boot-qemu \
            xz-utils ;;
        buildroot)
            echo bc bison build-essential bzip2 ca-certificates cpio file flex gawk git libelf-dev libncurses-dev \
                libssl-dev patch perl python3 python3-magic rsync unzip wget xz-utils
            ;;
        buildroot-debian)
            echo autoconf autoconf-archive automake autopoint debian-archive-keyring dpkg-dev e2fsprogs fakeroot gettext \
                gperf kmod libltdl-dev libtool libtool-bin m4 ninja-build patchelf pkgconf python3-jinja2 \
                python3-pyelftools systemd
            ;;
        lint) echo shellcheck git ;;
        *)
            usage >&2
            exit 2
            ;;
    esac
}

case "${1:-}" in
    '' | -h | --help)
        usage
        exit 0
        ;;
esac

wanted=
for group; do
    packages=$(packages_of "$group")
    wanted="$wanted $packages"
done

missing=
for package in $wanted; do
    state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null || true)
    case "$state" in
        ii*) ;;
        *) missing="$missing $package" ;;
    esac
done
[ -n "$missing" ] || exit 0

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo -- "$@"
    else
        echo "need root for: $*; run make as root or install sudo" >&2
        exit 1
    fi
}

echo "installing Debian packages:$missing"
export DEBIAN_FRONTEND=noninteractive
as_root apt-get -o DPkg::Lock::Timeout=300 -qq update
# shellcheck disable=SC2086 # a list of package names
as_root apt-get -o DPkg::Lock::Timeout=300 -qq -y install --no-install-recommends $missing >/dev/null
