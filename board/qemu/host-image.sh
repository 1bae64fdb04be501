#!/bin/sh
# Gives the computer that the card is plugged into (host.img of the quick image) the modules of another kernel, so that
# the image tests can run on what Buildroot made. The original stays as it is.
#
#   host-image.sh HOST-IMAGE ROOT OUTPUT        ROOT: holds usr/lib/modules of that kernel
set -eu

[ $# = 3 ] || {
    echo 'usage: host-image.sh HOST-IMAGE ROOT OUTPUT' >&2
    exit 2
}
image=$(readlink -f "$1")
root=$2
output=$(readlink -f "$3")

cp --sparse=always "$image" "$output"
cd "$root/usr/lib/modules"
{
    find . -mindepth 1 -type d | sort | sed 's|^\./|mkdir /usr/lib/modules/|'
    find . -type f | sort | sed 's|^\./\(.*\)|write \1 /usr/lib/modules/\1|'
} | debugfs -w -f - "$output" >/dev/null 2>&1
# debugfs itself reports no failure.
for folder in *; do
    debugfs -R "stat /usr/lib/modules/$folder/modules.dep.bin" "$output" 2>/dev/null | grep -q 'Type: regular' || {
        echo "host-image: could not write the modules of $folder to $output" >&2
        exit 1
    }
done
