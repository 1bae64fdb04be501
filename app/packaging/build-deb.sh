#!/bin/sh
# Builds Debian packages from what was built: programs, addons of the processor, man pages.
#
#   build-deb.sh ARCHITECTURE PACKAGE...      amd64, arm64, armhf; writes build/deb/PACKAGE_VERSION_ARCHITECTURE.deb
#
# The version is that of the programs. REVISION=TEXT is added to it, for a package between two versions. The same sources
# give the same bytes: times are those of the newest change (SOURCE_DATE_EPOCH). Needs no root.
set -eu

here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../..")
maintainer='ENF router card maintainers <maintainers@users.noreply.r-seed-af1f0da3.example>'

fail() {
    echo "build-deb: $*" >&2
    exit 1
}

usage() {
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
    exit 2
}

[ $# -gt 1 ] || usage
architecture=$1
shift
case $architecture in
    amd64) TARGET=linux-x64 ;;
    arm64) TARGET=linux-arm64 ;;
    armhf) TARGET=linux-arm ;;
    *) usage ;;
esac
export TARGET
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null || stat -c %Y "$here")}
export SOURCE_DATE_EPOCH
version=$(sed -n "s/^export const version = '\(.*\)';/\1/p" "$top/app/src/platform/version.ts")
[ -n "$version" ] || fail 'no version in app/src/platform/version.ts'
version=$version${REVISION:++$REVISION}
output=$top/build/deb
mkdir -p "$output"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
umask 022

# The newest version of the C library whose functions the addons call.
needed_glibc() {
    find "$1" -name '*.node' -exec readelf --wide --dyn-syms {} + | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' |
        sort -V | tail -n 1
}

documents() { # PACKAGE ROOT
    folder=$2/usr/share/doc/$1
    mkdir -p "$folder"
    {
        echo "ENF router card, $1"
        printf '\nLicensed under the Apache License, Version 2.0; on Debian, its text is in\n'
        printf '/usr/share/common-licenses/Apache-2.0.\n'
        maps=$(find "$2/usr/lib/$1" -name '*.cjs' -printf "$top/build/app/%f.map\n" | sort)
        # shellcheck disable=SC2086 # a list of files
        node "$here/bundled-licences.js" $maps
    } >"$folder/copyright"
    {
        printf '%s (%s) unstable; urgency=medium\n\n  * This version of the programs.\n\n' "$1" "$version"
        printf ' -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
    } | gzip -9n >"$folder/changelog.gz"
}

build() { # PACKAGE
    root=$work/$1
    mkdir -p "$root/DEBIAN"
    DESTDIR=$root PREFIX=/usr "$here/install.sh" "$1"
    documents "$1" "$root"
    {
        printf 'Package: %s\nVersion: %s\nArchitecture: %s\nMaintainer: %s\n' \
            "$1" "$version" "$architecture" "$maintainer"
        printf 'Priority: optional\nInstalled-Size: %s\n' "$(du -k -s --apparent-size "$root" | cut -f 1)"
        sed "s/@GLIBC@/$(needed_glibc "$root")/" "$here/$1/control"
    } >"$root/DEBIAN/control"
    for script in postinst prerm postrm; do
        [ ! -e "$here/$1/$script" ] || install -m 755 "$here/$1/$script" "$root/DEBIAN/$script"
    done
    (cd "$root" && find etc -type f -printf '/%p\n' 2>/dev/null | sort) >"$root/DEBIAN/conffiles"
    [ -s "$root/DEBIAN/conffiles" ] || rm "$root/DEBIAN/conffiles"
    (cd "$root" && find . -path ./DEBIAN -prune -o -path ./etc -prune -o -type f -printf '%P\n' | sort |
        xargs md5sum) >"$root/DEBIAN/md5sums"
    find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
    deb=$output/${1}_${version}_$architecture.deb
    dpkg-deb --root-owner-group -Zxz --build "$root" "$deb.new" >/dev/null
    mv "$deb.new" "$deb"
    echo "$deb"
}

for package; do
    [ -e "$here/$package/control" ] || fail "$package is not a package: see the folders of app/packaging"
    build "$package"
done
