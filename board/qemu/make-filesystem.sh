#!/bin/sh
# Makes an ext4 file system from a folder.
#
#   make-filesystem.sh FOLDER IMAGE LABEL MEBIBYTES
#
# Run as root or under fakeroot. The file is sparse. Ids and times are fixed: the same content gives the same bytes.
set -eu

folder=$1
image=$2
label=$3
mebibytes=$4

id=$(printf %s "$label" | md5sum | sed 's/^\(.\{8\}\)\(.\{4\}\)\(.\{4\}\)\(.\{4\}\)\(.\{12\}\).*/\1-\2-\3-\4-\5/')
E2FSPROGS_FAKE_TIME=${SOURCE_DATE_EPOCH:-1}
export E2FSPROGS_FAKE_TIME

rm -f "$image"
truncate -s "${mebibytes}M" "$image"
mke2fs -q -t ext4 -L "$label" -U "$id" -m 0 -O '^has_journal' -E "hash_seed=$id,root_owner=0:0" -d "$folder" "$image"
