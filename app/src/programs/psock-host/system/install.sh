#!/bin/sh
# Makes psock-host a service of this machine, with no more rights than it needs: program, group, udev rule, unit.
#
#   install.sh                puts it there and starts it; again after an update
#   install.sh --root FOLDER  files only, below FOLDER: for packages
#   install.sh --remove       takes all of it away
#
# PREFIX=/usr/local is where the program goes. Needs `make build` before, Node.js of the system, and root.
set -eu

here=$(dirname "$(readlink -f "$0")")
build=${BUILD:-$here/../../../../../build/app}
prefix=${PREFIX:-/usr/local}
root=
library=$prefix/lib/psock-host
program=$prefix/bin/psock-host
unit=/etc/systemd/system/psock-host.service
rule=/etc/udev/rules.d/60-psock-host.rules

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

usage() {
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
    exit 2
}

must_be_root() {
    [ "$(id -u)" = 0 ] || fail "must be root: sudo $0 $*"
}

has_systemd() {
    [ -d /run/systemd/system ]
}

# In a container systemd may run without udev.
has_udev() {
    [ -S /run/udev/control ]
}

install_files() {
    for file in psock-host.cjs tuntap2.node prebuilds; do
        [ -e "$build/$file" ] || fail "no $build/$file: run 'make build' first"
    done
    # Complete before it takes the place of an older one, which may run meanwhile.
    rm -rf "$root$library.new"
    mkdir -p "$root$library.new" "$root$prefix/bin" "$root${unit%/*}" "$root${rule%/*}"
    install -m 755 "$build/psock-host.cjs" "$build/tuntap2.node" "$root$library.new"
    cp -r "$build/prebuilds" "$root$library.new"
    rm -rf "$root$library"
    mv "$root$library.new" "$root$library"
    ln -sf ../lib/psock-host/psock-host.cjs "$root$program"
    install -m 644 "$here/60-psock-host.rules" "$root$rule"
    sed "s|^ExecStart=.*|ExecStart=$program|" "$here/psock-host.service" >"$root$unit"
    chmod 644 "$root$unit"
}

start() {
    getent group psock-host >/dev/null || groupadd --system psock-host
    if has_udev; then
        udevadm control --reload
        udevadm trigger --subsystem-match=usb --attr-match=idVendor=2fe0
    fi
    if has_systemd; then
        systemctl daemon-reload
        systemctl enable psock-host
        systemctl restart psock-host
        echo "psock-host runs, and starts with this machine; 'journalctl -u psock-host' shows what it does"
    else
        echo "psock-host is installed; systemd does not run here, so start it yourself: $program"
    fi
}

remove() {
    if has_systemd && [ -e "$unit" ]; then systemctl disable --now psock-host; fi
    rm -rf "$library" "$program" "$unit" "$rule"
    if has_systemd; then systemctl daemon-reload; fi
    if has_udev; then udevadm control --reload; fi
    if getent group psock-host >/dev/null; then groupdel psock-host; fi
}

case ${1-} in
    --root)
        root=${2-}
        [ -n "$root" ] || usage
        install_files
        ;;
    --remove)
        must_be_root --remove
        remove
        ;;
    '')
        must_be_root
        # The unit sees no home folder.
        node=$(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin command -v node) ||
            fail "no Node.js in /usr/bin or /usr/local/bin, where a service finds it: apt install nodejs"
        "$node" -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' ||
            fail "$node is too old: psock-host needs Node.js 20 or newer"
        install_files
        start
        ;;
    *) usage ;;
esac
