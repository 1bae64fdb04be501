#!/bin/sh
# Buildroot's post-image step for the cards: the image of the whole eMMC, and its checksum.
#
#   post-image.sh IMAGES
set -eu

here=$(dirname "$(readlink -f "$0")")
images=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/root"
# The same inputs give the same bytes.
E2FSPROGS_FAKE_TIME=${SOURCE_DATE_EPOCH:?}
export E2FSPROGS_FAKE_TIME

genimage --config "$here/genimage.cfg" --rootpath "$work/root" --tmppath "$work/tmp" \
    --inputpath "$images" --outputpath "$images"

cd "$images"
sha256sum emmc.img >emmc.img.sha256
