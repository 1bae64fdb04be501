#!/bin/sh
# Before a build with the variant "debian": toolchain, sources and programs that stand in, all from Debian.
#
#   prepare.sh OUTPUT       BUILDROOT_DIR, BR2_DL_DIR: as for build.sh
#
# Nothing is done twice: a second run takes seconds. Needs the packages of group "buildroot" of
# app/setup/debian-packages.sh, and root or sudo only to install them.
set -eu

here=$(dirname "$(readlink -f "$0")")
output=$1
sh "$here/../../app/setup/debian-packages.sh" buildroot-debian
APT_CONFIG=$("$here/private-apt.sh" "$BR2_DL_DIR/apt")
export APT_CONFIG

"$here/make-toolchain.sh" "$output/debian-toolchain"

# Buildroot wants a newer meson than an old release of Debian has: that of the next one, beside the machine's own.
tools=$output/debian-tools
if [ ! -e "$tools/bin/meson" ]; then
    rm -rf "$tools"
    mkdir -p "$tools/bin"
    (cd "$tools" && apt-get -qq -o APT::Sandbox::User="$(id -un)" download meson/trixie && dpkg-deb -x meson_*.deb meson)
    # Builds start it again by its own name, with nothing of this environment.
    cat >"$tools/bin/meson" <<'TEXT'
#!/usr/bin/python3
import os
import sys

tools = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
sys.path.insert(0, os.path.join(tools, "meson/usr/lib/python3/dist-packages"))
from mesonbuild import mesonmain

sys.exit(mesonmain.main())
TEXT
    chmod 755 "$tools/bin/meson"
fi

info() {
    make -C "$BUILDROOT_DIR" -s --no-print-directory O="$output" show-info >"$output/show-info.json"
}

# Since 1.47.1 mke2fs gives every file the time of the commit; an old release of Debian has an older one.
make_mke2fs() {
    [ -d "$output/debian-src/e2fsprogs" ] && [ ! -e "$tools/bin/mke2fs" ] || return 0
    rm -rf "$tools/e2fsprogs"
    mkdir "$tools/e2fsprogs"
    (
        cd "$tools/e2fsprogs"
        "$output/debian-src/e2fsprogs/configure" --disable-nls --disable-uuidd --disable-defrag
        make libs
        make -C misc mke2fs
    ) >"$tools/e2fsprogs.log" 2>&1 || {
        tail -n 20 "$tools/e2fsprogs.log" >&2
        return 1
    }
    ln -s mke2fs "$tools/bin/mkfs.ext4"
    ln -s ../e2fsprogs/misc/mke2fs "$tools/bin/mke2fs"
}

# The sources decide about versions, and versions about the folders in which packages stand.
fingerprint=$(cat "$0" "$here"/*.js* "$output/.config" | cksum)
if [ "$(cat "$output/.debian-sources" 2>/dev/null)" != "$fingerprint" ]; then
    rm -f "$output/local.mk"
    info
    node "$here/fetch-sources.js" "$output" "$output/show-info.json"
    make_mke2fs
    info
    node "$here/stand-in.js" "$output" "$output/show-info.json"
    echo "$fingerprint" >"$output/.debian-sources"
fi
