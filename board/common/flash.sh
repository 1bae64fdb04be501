#!/bin/sh
# Writes an image to the eMMC of a card that this machine sees as a disk, and reads it back.
#
#   flash.sh IMAGE DEVICE       e.g. flash.sh output/xaprw001/images/emmc.img /dev/sdb      (make flash DEVICE=/dev/sdb)
#
# Refuses what cannot be a card: a partition, a disk in use, a disk that holds this system, a disk too small. Shows what
# the disk is, and asks; YES=1 answers. What lies behind the image on the eMMC, the card's identity, is kept.
# Whether a disk is in use is the kernel's to say: it gives one exclusive claim on a disk and its partitions, which
# every mount, swap space and mapping has, in any namespace. Needs perl for that, which every Debian has.
set -eu

fail() {
    echo "flash: $*" >&2
    exit 1
}

if [ $# -ne 2 ]; then
    sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0" >&2
    exit 2
fi
image=$1
# A name, whatever it begins with.
case $image in -*) image=./$image ;; esac
device=$(readlink -f -- "$2")

[ -f "$image" ] || fail "no image $image: build one with 'make xaprw001', or name it with IMAGE=FILE"
[ -b "$device" ] || fail "$2 is not a block device; 'lsblk' lists them"
[ -w "$device" ] || fail "$device cannot be written by you: root or sudo is needed"
type=$(lsblk --nodeps --noheadings --output TYPE "$device" 2>/dev/null) || fail "$device is an empty drive"
case $type in
    disk | loop) ;;
    *) fail "$device is a $type, not a whole disk" ;;
esac

# Runs a command that has the disk as its standard output, and to itself.
with_disk() {
    # shellcheck disable=SC2016 # expanded by perl
    perl -MFcntl -e 'my $disk = shift; sysopen(STDOUT, $disk, O_RDWR | O_EXCL) or die "$disk: $!\n"; exec(@ARGV) or die "$ARGV[0]: $!\n"' \
        "$device" "$@"
}

# Where a device is mounted in another mount namespace, such as a container's: the first process that sees it there.
mounted_elsewhere() {
    number=$(cat "/sys/class/block/$1/dev")
    # Such as: /proc/123/mountinfo:36 35 8:17 / /place rw …
    line=$(grep -sm 1 "^[0-9]* [0-9]* $number " /proc/[0-9]*/mountinfo | head -n 1)
    [ -n "$line" ] || return 0
    process=${line#/proc/}
    process=${process%%/*}
    echo "$(echo "$line" | cut -d ' ' -f 5) by process $process ($(cat "/proc/$process/comm" 2>/dev/null))"
}

# The loop device whose backing file this device is. Its name may be of another /dev.
loop_over() {
    for file in /sys/block/loop*/loop/backing_file; do
        [ -e "$file" ] || continue
        backing=$(cat "$file")
        if [ "${backing##*/}" = "$1" ] && [ ! -f "$backing" ]; then
            loop=${file#/sys/block/}
            echo "/dev/${loop%%/*}"
            return
        fi
    done
}

# Whatever stands on the disk, at any depth: its partitions, what is mapped onto them.
parts=$(lsblk --noheadings --raw --output KNAME "$device" | sort -u)
for part in $parts; do
    name=/dev/$part
    places=$(findmnt --noheadings --output TARGET --source "$name" | tr '\n' ' ')
    case " $places" in
        *' / '* | *' /boot'* | *' /usr '*) fail "$device holds this system: $name is mounted on $places" ;;
    esac
    [ -z "$places" ] || fail "$name is mounted on $places: unmount it first, if $device is the card"
    elsewhere=$(mounted_elsewhere "$part")
    [ -z "$elsewhere" ] || fail "$name is mounted on $elsewhere, in a mount namespace of its own: unmount it there first"
    ! grep -qs "^$name " /proc/swaps || fail "$name is swap space of this system"
    for holder in "/sys/class/block/$part/holders"/*; do
        [ ! -e "$holder" ] || fail "$name is in use by ${holder##*/}"
    done
    loop=$(loop_over "$part")
    [ -z "$loop" ] || fail "$name is in use by $loop: detach it first (losetup --detach $loop)"
done

size=$(blockdev --getsize64 "$device")
wanted=$(stat -L -c %s -- "$image")
[ "$wanted" -gt 0 ] || fail "$image is empty"
[ "$size" -ge "$wanted" ] || fail "$device has $((size / 1048576)) MiB, the image needs $((wanted / 1048576))"
[ "$(dd if="$image" bs=1 skip=510 count=2 2>/dev/null | od -An -tx1 | tr -d ' ')" = 55aa ] ||
    fail "$image has no partition table: it is not the image of a whole eMMC"
[ "$(blockdev --getro "$device")" = 0 ] || fail "$device is write-protected"
with_disk true || fail "$device is in use, the kernel does not name the user: end what has it open (try 'fuser -v $device')"
# A card has 4 or 8 GB. A larger one is another disk.
if [ "$size" -gt 34359738368 ] && [ -z "${ANY_SIZE-}" ]; then
    fail "$device has $((size / 1073741824)) GiB, no card has that much (ANY_SIZE=1 if you are sure)"
fi

lsblk --output NAME,SIZE,TYPE,TRAN,VENDOR,MODEL,SERIAL,LABEL,MOUNTPOINTS "$device"
echo "$((wanted / 1048576)) MiB of $device are replaced by $image; what lies behind them is kept."
if [ -z "${YES-}" ]; then
    [ -t 0 ] || fail 'no terminal to ask on: YES=1 says yes'
    printf 'All data on its partitions is lost. Type the name of the device to go on: '
    read -r answer
    [ "$answer" = "$2" ] || [ "$answer" = "$device" ] || fail 'nothing was written'
fi

checksum() {
    head -c "$wanted" -- "$1" | sha256sum | cut -d ' ' -f 1
}

if [ -e "$image.sha256" ]; then
    [ "$(checksum "$image")" = "$(cut -d ' ' -f 1 -- "$image.sha256")" ] ||
        fail "$image is damaged: its checksum is not that of $image.sha256"
fi

echo 'writing'
with_disk dd if="$image" bs=4M conv=fsync,notrunc status=progress ||
    fail "$device could not be written; if writing had begun, it holds neither what it held nor the image"
echo 'verifying'
# Not what the machine remembers, but what the card has: read around its memory, and so in whole sectors.
blockdev --flushbufs "$device"
sector=$(blockdev --getss "$device")
sectors=$(((wanted + sector - 1) / sector * sector))
found=$(dd if="$device" bs=4M iflag=direct,count_bytes count=$sectors 2>/dev/null | head -c "$wanted" | sha256sum | cut -d ' ' -f 1)
[ "$found" = "$(checksum "$image")" ] || fail "$device does not hold what was written to it: try again, or another card"
blockdev --rereadpt "$device" 2>/dev/null || :
echo "done: $device holds $image"
