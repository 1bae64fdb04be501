#!/bin/sh
# Buildroot's post-image step for the cards: data partition, image of the whole eMMC, its checksum.
#
#   post-image.sh IMAGES
set -eu

here=$(dirname "$(readlink -f "$0")")
images=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir "$work/root"
# An empty data partition, in blocks of the size of a page. The same inputs give the same bytes: time and identity are
# fixed.
id=656e6664-6174-6100-8000-000000000000
rm -f "$images/data.ext4"
E2FSPROGS_FAKE_TIME=${SOURCE_DATE_EPOCH:?} mke2fs -q -t ext4 -L data -m 0 -b 4096 -O ^64bit -U $id \
    -E "hash_seed=$id,root_owner=0:0,lazy_itable_init=0" "$images/data.ext4" 256M

genimage --config "$here/genimage.cfg" --rootpath "$work/root" --tmppath "$work/tmp" \
    --inputpath "$images" --outputpath "$images"

cd "$images"
sha256sum emmc.img >emmc.img.sha256
