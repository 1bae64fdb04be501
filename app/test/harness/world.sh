#!/bin/sh
# First process of the lab's private world (started by run.sh below unshare): gives it /run, /sys and
# /etc/resolv.conf of its own, so that DHCP clients and `ip netns` touch nothing of the machine, then becomes
# the command.
set -eu

PATH=$TOOLS/bin:$PATH:/usr/sbin:/sbin:/usr/lib/systemd:/lib/systemd
export PATH

mount -t tmpfs -o mode=755 lab /run
mkdir /run/netns /run/lab
mount -t sysfs sysfs /sys
if [ -e /etc/resolv.conf ]; then
    echo '# The lab has no resolver.' >/run/lab/resolv.conf
    mount --bind /run/lab/resolv.conf "$(readlink -f /etc/resolv.conf)" 2>/dev/null || :
fi
ip link set lo up
exec "$@"
