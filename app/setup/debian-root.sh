#!/bin/sh
# Makes the root file system of a minimal Debian with systemd, as a tar archive, from the mirror of this machine.
#
#   debian-root.sh SUITE FILE.tar [PACKAGE...]      SUITE: trixie, bookworm; an archive that is there already is kept
#
# Needs mmdebstrap (app/setup/debian-packages.sh, group "nspawn") and root. MIRROR=URL names another mirror.
set -eu

[ $# -gt 1 ] || {
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
    exit 2
}
suite=$1
archive=$2
shift 2
[ ! -e "$archive" ] || exit 0

# shellcheck disable=SC2016 # apt expands these
own=$(apt-get indextargets --format '$(LABEL) $(REPO_URI)' 2>/dev/null | sed -n 's|^Debian \(.*[^/]\)/*$|\1|p' | head -n 1)
mirror=${MIRROR:-${own:-http://deb.debian.org/debian}}
packages=systemd,systemd-sysv,dbus,udev,iproute2,iputils-ping,nftables,init-system-helpers
for package; do packages=$packages,$package; done

mkdir -p "$(dirname "$archive")"
echo "making a root file system of Debian $suite"
mmdebstrap --quiet --variant=minbase --include="$packages" "$suite" "$archive.new.tar" "deb $mirror $suite main"
mv "$archive.new.tar" "$archive"
