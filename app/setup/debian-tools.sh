#!/bin/sh
# Unpacks the tools that the lab and the namespace tests need below build/tools, without installing them:
# a DHCP client or a network manager that is merely installed may reconfigure a person's machine.
#
#   debian-tools.sh [FOLDER [SET]]      default: build/tools of the repository, the set "lab"
#
# The set "peers" has the VPNs that `make bench PEER=` compares with.
# Afterwards FOLDER/bin holds one starter per tool; put it in front of PATH. A package that is already
# installed is not unpacked again: its tools are found on PATH. Works on bookworm and trixie, without root;
# apt's own package lists and signatures are used. A second run sees that nothing changed and ends at once.
set -eu

here=$(dirname "$(readlink -f "$0")")
folder=${1:-$here/../../build/tools}
set=${2:-lab}

# package:tool,tool,...      without a tool: a library
lab='
iproute2:ip,ss,tc
bsdutils:script
nftables:nft
ethtool:ethtool
iputils-ping:ping
iperf3:iperf3
tcpdump:tcpdump
ndisc6:rdisc6,ndisc6
isc-dhcp-client:dhclient
dhcpcd-base:dhcpcd
wide-dhcpv6-client:dhcp6c
systemd:systemd-networkd
wpasupplicant:wpa_supplicant
dbus-daemon:dbus-daemon
dbus-bin:dbus-send
libfaketime:
'
peers='
wireguard-go:wireguard-go
wireguard-tools:wg
openvpn:openvpn
'
# Parts of the C library fit only the loader of the machine; a newer copy beside it would crash every tool.
never_unpack=' libc6 libc-bin libcrypt1 libgcc-s1 '

PATH=$PATH:/usr/sbin:/sbin:/usr/lib/systemd:/lib/systemd
export PATH LC_ALL=C

fail() {
    echo "debian-tools: $*" >&2
    exit 1
}

case $set in
lab) packages=$lab ;;
peers) packages=$peers ;;
*) fail "there is no set \"$set\" of tools; the sets are lab and peers" ;;
esac
if ! command -v apt-get >/dev/null || ! command -v dpkg-deb >/dev/null; then
    fail "needs Debian's apt-get and dpkg-deb; elsewhere install the tools by hand:$(echo "$packages" | sed 's/.*://' | tr ',\n' '  ')"
fi

# The same script on the same release with the same installed tools gives the same result.
fingerprint() {
    cksum <"$0"
    cat /etc/os-release
    echo "$folder $set"
    for entry in $packages; do
        dpkg-query -W -f '${Package} ${Status} ${Version}\n' "${entry%%:*}" 2>/dev/null || :
    done
}

mkdir -p "$folder"
folder=$(readlink -f "$folder")
wanted=$(fingerprint | cksum)
if [ -f "$folder/.complete" ] && [ "$(cat "$folder/.complete")" = "$wanted" ]; then
    exit 0
fi

# What apt would install for this package on this machine: "name:architecture=version" per line.
# One package at a time: two of them may conflict when installed, side by side in a folder they do not.
resolve() {
    apt-get --simulate --no-install-recommends -o Debug::NoLocking=1 install "$1" 2>"$work/errors" |
        sed -n -E 's/^Inst ([^ ]+) (\[[^]]*\] )?\(([^ ]+) .*\[([^]]+)\]\).*/\1:\4=\3/p'
}

work=$(mktemp -d "$folder/.work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

for entry in $packages; do
    package=${entry%%:*}
    resolve "$package" >>"$work/wanted"
    if grep '^E:' "$work/errors" >&2; then
        fail "apt cannot resolve $package: are its lists there? Run 'apt-get update' as root (source: Debian main)"
    fi
done

mkdir "$work/debs" "$work/root" "$work/bin"
sort -u "$work/wanted" | while read -r spec; do
    case $never_unpack in *" ${spec%%:*} "*) continue ;; esac
    echo "$spec"
done >"$work/download"

if [ -s "$work/download" ]; then
    echo "debian-tools: unpacking $(wc -l <"$work/download") packages below $folder"
    # apt drops privileges for downloads and warns when it cannot enter the folder: harmless here.
    (cd "$work/debs" && xargs apt-get -qq -o APT::Sandbox::User="$(id -un)" download <"$work/download") ||
        fail "download failed: is the package mirror reachable, are the lists fresh (apt-get update)?"
    for deb in "$work"/debs/*.deb; do
        dpkg-deb -x "$deb" "$work/root"
    done
fi

# Library folders are named by the loader's triplet; the starter finds its own folder, so the tree can move.
# Private libraries of systemd have no version behind their suffix.
libraries=$(cd "$work/root" && find . -name '*.so.*' -o -name 'libsystemd-shared-*.so' | sed 's|^\.||; s|/[^/]*$||' | sort -u)
for tool in $(echo "$packages" | sed 's/.*://' | tr ',' ' '); do
    program=$(cd "$work/root" && find ./usr/sbin ./usr/bin ./sbin ./bin ./usr/lib/systemd ./lib/systemd -name "$tool" 2>/dev/null | head -n 1)
    if [ -z "$program" ]; then
        command -v "$tool" >/dev/null || fail "$tool is neither unpacked nor installed"
        continue
    fi
    {
        echo '#!/bin/sh'
        echo '# Made by app/setup/debian-tools.sh.'
        # shellcheck disable=SC2016 # expanded by the starter
        echo 'root=${0%/*}/../root'
        for library in $libraries; do
            # shellcheck disable=SC2016
            printf 'LD_LIBRARY_PATH=$root%s${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}\n' "$library"
        done
        echo 'export LD_LIBRARY_PATH'
        # shellcheck disable=SC2016
        echo "exec \"\$root${program#.}\" \"\$@\""
    } >"$work/bin/$tool"
    chmod 755 "$work/bin/$tool"
done

rm -rf "${folder:?}/root" "${folder:?}/bin"
mv "$work/root" "$work/bin" "$folder"
echo "$wanted" >"$folder/.complete"
