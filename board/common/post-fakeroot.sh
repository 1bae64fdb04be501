#!/bin/sh
# Buildroot's last step before a root file system becomes an image, where owners are what they will be: accounts and
# other files that are the same on every card, then the description of the whole.
#
#   post-fakeroot.sh TARGET
set -eu

here=$(dirname "$(readlink -f "$0")")
root=$1

"$here/finish-root.sh" "$root" "$root/usr/lib/sysusers.d/00-card.conf"

# Packages that are on the target, as "name_version" like Debian's.
packages=$BUILD_DIR/packages.list
find "$BUILD_DIR" -maxdepth 2 -name .stamp_target_installed | sed 's|/[^/]*$||; s|.*/||; s|-\([^-]*\)$|_\1|' |
    sort >"$packages"
"$HOST_DIR/bin/node" "$here/manifest.js" "$root" "$packages" >"$BINARIES_DIR/manifest.json"
cp "$root"/usr/lib/modules/*/modules.builtin "$BINARIES_DIR/"
