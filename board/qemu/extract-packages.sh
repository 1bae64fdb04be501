#!/bin/sh
# Unpacks Debian packages into a root file system without running their scripts: list on standard input, one .deb per
# line. Leaves out what a device never reads (documentation, translations) and what the card must not have
# (programs that change their user; network settings of other products).
#
#   extract-packages.sh ROOT <LIST
#
# Run as root or under fakeroot, for the owners of the files.
set -eu

root=$1
mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib"
for folder in bin sbin lib; do ln -sfn usr/$folder "$root/$folder"; done

# Two at a time: unpacking is half decompression, half writing.
# shellcheck disable=SC2016 # expanded by the inner shell
xargs -P 2 -n 8 sh -euc '
    root=$1
    shift
    for deb; do
        dpkg-deb --fsys-tarfile "$deb" | tar -C "$root" -x --keep-directory-symlink \
            --exclude=./usr/share/doc --exclude=./usr/share/man --exclude=./usr/share/info \
            --exclude=./usr/share/locale --exclude=./usr/share/lintian --exclude=./usr/share/bug \
            --exclude=./usr/share/bash-completion --exclude=./usr/share/zsh --exclude=./usr/share/fish \
            --exclude=./usr/share/perl5/debconf --exclude=./usr/share/debconf \
            --exclude=./usr/share/initramfs-tools --exclude=./usr/share/polkit-1 --exclude=./usr/share/dbus-1 \
            --exclude=./usr/share/doc-base --exclude=./usr/share/pam-configs --exclude=./usr/share/perl5 \
            --exclude=./usr/share/nodejs/corepack --exclude="./usr/lib/udev/hwdb.d" --exclude=./usr/lib/systemd/catalog \
            --exclude="./usr/lib/systemd/network/80-*" --exclude=./etc/apparmor.d --exclude=./etc/init.d \
            --exclude="./etc/cron*" --exclude="./etc/rc?.d" --exclude="./usr/lib/*/gconv" --exclude=./usr/share/nodejs/@types --exclude=./usr/share/misc/usb.ids
    done' sh "$root"

find "$root" -xdev -type f -perm /6000 -exec chmod ug-s {} +
