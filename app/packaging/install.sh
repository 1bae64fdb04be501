#!/bin/sh
# Installs what was built: programs, addons, man pages, completions, units. `make install` and `make deb` call it.
#
#   install.sh PACKAGE...       enftun (the client), psock-host (for the host of a card), enf-server (for development)
#
# DESTDIR=FOLDER is where the files are put, PREFIX=/usr/local where they are found later. TARGET=linux-arm installs the
# addons of another processor. Configuration goes to /etc, and what is there already is kept.
set -eu

here=$(dirname "$(readlink -f "$0")")
app=$(readlink -f "$here/..")
build=${BUILD:-$app/../build}
prefix=${PREFIX:-/usr/local}
to=${DESTDIR:-}$prefix
etc=${DESTDIR:-}/etc
machine=linux-$(uname -m | sed 's/x86_64/x64/; s/aarch64/arm64/')
target=${TARGET:-$machine}
strip='strip'
if [ "$target" != "$machine" ]; then
    case $target in
        linux-arm) strip=arm-linux-gnueabihf-strip ;;
        linux-arm64) strip=aarch64-linux-gnu-strip ;;
        linux-x64) strip=x86_64-linux-gnu-strip ;;
    esac
fi

fail() {
    echo "install.sh: $*" >&2
    exit 1
}

usage() {
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
    exit 2
}

file() { # MODE SOURCE DESTINATION
    [ -e "$2" ] || fail "no $2: run 'make build man' first"
    install -D -m "$1" "$2" "$3"
}

# A unit or a rule, with the programs where they are.
system_file() { # SOURCE DESTINATION
    file 644 "$1" "$2"
    sed -i -E "s,/usr/bin/(enftun|enftun-setup|psock-host)( |\$),$prefix/bin/\1\2," "$2"
}

# An operator's file is the operator's.
configuration() { # MODE SOURCE DESTINATION
    [ -e "$3" ] || file "$1" "$2" "$3"
}

programs() { # FOLDER BUNDLE...
    folder=$to/lib/$1
    shift
    for bundle; do file 755 "$build/app/$bundle.cjs" "$folder/$bundle.cjs"; done
}

addons() { # FOLDER ADDON...
    folder=$to/lib/$1
    shift
    for addon; do
        file 644 "$app/packages/$addon/build/$target/$addon.node" "$folder/$addon.node"
        $strip --strip-unneeded --remove-section=.comment "$folder/$addon.node"
    done
}

command_of() { # NAME BUNDLE
    mkdir -p "$to/bin"
    ln -sf "../lib/$2.cjs" "$to/bin/$1"
}

# Compressed as Debian wants them; links lead to compressed files.
manuals() { # NAME.SECTION...
    for page; do
        source=$build/share/man/man${page##*.}/$page
        compressed=$to/share/man/man${page##*.}/$page.gz
        mkdir -p "${compressed%/*}"
        if [ -L "$source" ]; then
            ln -sf "$(readlink "$source").gz" "$compressed"
        else
            [ -e "$source" ] || fail "no $source: run 'make man' first"
            gzip -9n <"$source" >"$compressed"
            chmod 644 "$compressed"
        fi
    done
}

completions() { # PROGRAM...
    zsh=$to/share/zsh/site-functions
    [ "$prefix" != /usr ] || zsh=$to/share/zsh/vendor-completions
    for program; do
        file 644 "$build/share/bash-completion/completions/$program" "$to/share/bash-completion/completions/$program"
        file 644 "$build/share/zsh/vendor-completions/_$program" "$zsh/_$program"
    done
}

install_enftun() {
    programs enftun enftun enftun-main enftun-setup
    addons enftun tls-stream tss2-node tuntap2
    command_of enftun enftun/enftun
    command_of enftun-keygen enftun/enftun
    command_of enftun-setup enftun/enftun-setup
    manuals enftun.8 enftun-setup.8 enftun-keygen.8 enftun-renew.8 enftun-wifi.8 enftun.conf.5
    completions enftun enftun-setup enftun-keygen

    system=$app/src/programs/setup/system
    units=$to/lib/systemd/system
    system_file "$system/enftun@.service" "$units/enftun@.service"
    system_file "$system/enftun-setup@.service" "$units/enftun-setup@.service"
    system_file "$system/nftables-reload.conf" "$units/nftables.service.d/enftun.conf"
    system_file "$system/80-enftun-setup.rules" "$to/lib/udev/rules.d/80-enftun-setup.rules"
    file 644 "$system/10-enftun.network" "$to/lib/systemd/network/10-enftun.network"
    file 644 "$system/10-enftun-networkmanager.conf" "$to/lib/NetworkManager/conf.d/10-enftun.conf"
    file 644 "$here/enftun/sysusers.conf" "$to/lib/sysusers.d/enftun.conf"
    file 644 "$here/enftun/tmpfiles.conf" "$to/lib/tmpfiles.d/enftun.conf"
    file 644 "$here/enftun/enftun.preset" "$to/lib/systemd/system-preset/80-enftun.preset"
    for example in server card-data card-control; do
        file 644 "$app/examples/$example.conf" "$to/share/doc/enftun/examples/$example.conf"
    done
    configuration 644 "$app/examples/server.conf" "$etc/enftun/enf0.conf"
    configuration 644 "$app/../overlay/etc/enftun/enf.cacert.pem" "$etc/enftun/enf.cacert.pem"
}

install_psock_host() {
    programs psock-host psock-host
    addons psock-host tuntap2
    prebuilds=$to/lib/psock-host/prebuilds
    rm -rf "$prebuilds"
    mkdir -p "$prebuilds"
    # What the package usb looks for; one for each C library.
    cp -r "$build/app/prebuilds/$target" "$prebuilds"
    rm -f "$prebuilds/$target"/*.musl.node
    chmod 644 "$prebuilds/$target"/*.node
    command_of psock-host psock-host/psock-host
    manuals psock-host.8
    completions psock-host
    system=$app/src/programs/psock-host/system
    system_file "$system/psock-host.service" "$to/lib/systemd/system/psock-host.service"
    file 644 "$system/60-psock-host.rules" "$to/lib/udev/rules.d/60-psock-host.rules"
    file 644 "$here/psock-host/sysusers.conf" "$to/lib/sysusers.d/psock-host.conf"
}

install_enf_server() {
    programs enf-server enf-server enf-pki
    addons enf-server tuntap2
    command_of enf-server enf-server/enf-server
    command_of enf-pki enf-server/enf-pki
    manuals enf-server.8 enf-pki.1
    completions enf-server enf-pki
}

[ $# -gt 0 ] || usage
umask 022
[ -n "${DESTDIR:-}" ] || [ "$(id -u)" = 0 ] || fail 'must be root, or DESTDIR=FOLDER must name another place'
for package; do
    case $package in
        enftun) install_enftun ;;
        psock-host) install_psock_host ;;
        enf-server) install_enf_server ;;
        *) usage ;;
    esac
done
[ -n "${DESTDIR:-}" ] || echo 'installed; now run: systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload'
