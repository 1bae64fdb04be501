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
build=${BUILD:-$here/../../../../build/app}
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

# Where another system runs, or none, there is nobody to tell.
tell() {
    if [ -z "$root" ] && [ -d /run/systemd/system ]; then "$@"; fi
}

apply_rule() {
    udevadm control --reload
    udevadm trigger --subsystem-match=usb --attr-match=idVendor=2fe0
}

install_files() {
    for file in psock-host.cjs tuntap2.node prebuilds; do
        [ -e "$build/$file" ] || fail "no $build/$file: run 'make build' first"
    done
    mkdir -p "$root$library" "$root$prefix/bin" "$root${unit%/*}" "$root${rule%/*}"
    # Another file in its place, so that the program may run meanwhile.
    rm -rf "${root:?}$library/"*
    install -m 755 "$build/psock-host.cjs" "$build/tuntap2.node" "$root$library"
    cp -r "$build/prebuilds" "$root$library"
    ln -sf ../lib/psock-host/psock-host.cjs "$root$program"
    install -m 644 "$here/60-psock-host.rules" "$root$rule"
    sed "s|^ExecStart=.*|ExecStart=$program|" "$here/psock-host.service" >"$root$unit"
    chmod 644 "$root$unit"
}

case ${1-} in
    --root)
        root=${2:?a folder}
        install_files
        ;;
    --remove)
        tell systemctl disable --now psock-host
        rm -rf "$library" "$program" "$unit" "$rule"
        tell systemctl daemon-reload
        tell udevadm control --reload
        if getent group psock-host >/dev/null; then groupdel psock-host; fi
        ;;
    '')
        [ "$(id -u)" = 0 ] || fail "must be root: sudo $0"
        # The unit sees no home folder.
        node=$(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin command -v node) ||
            fail "no Node.js in /usr/bin or /usr/local/bin, where a service finds it: apt install nodejs"
        "$node" -e 'process.exit(process.versions.node.split(".")[0] >= 20 ? 0 : 1)' ||
            fail "$node is too old: psock-host needs Node.js 20 or newer"
        install_files
        getent group psock-host >/dev/null || groupadd --system psock-host
        tell apply_rule
        tell systemctl daemon-reload
        tell systemctl enable psock-host
        tell systemctl restart psock-host
        ;;
    *)
        sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
        exit 2
        ;;
esac
