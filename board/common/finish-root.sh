#!/bin/sh
# Does what the packages' own scripts would do on a running system, as far as a device needs it.
#
#   finish-root.sh ROOT ACCOUNTS        ACCOUNTS: a file in sysusers.d format, every entry with its number
#
# Run as root or under fakeroot. Nothing unique is made here: no machine id, no keys, no host name of its own.
set -eu

root=$1
accounts=$2

# /etc/passwd, group, shadow. Written here because an older systemd-sysusers skips what it does not support.
# A user without a shell cannot log in; no user has a password.
awk -v root="$root/etc" '
    function text(from,   i, s) { s = ""; for (i = from; i <= NF; i++) s = s $i " "; return s }
    $1 == "g" { print $2 ":x:" $3 ":" > (root "/group") }
    $1 == "u" {
        split(text(4), quoted, "\"")
        split(quoted[3], rest, " ")
        home = rest[1] == "-" ? "/" : rest[1]
        shell = rest[2] == "-" ? "/usr/sbin/nologin" : rest[2]
        print $2 ":x:" $3 ":" $3 ":" quoted[2] ":" home ":" shell > (root "/passwd")
        print $2 ":x:" $3 ":" > (root "/group")
        print $2 ":!*:19000::::::" > (root "/shadow")
    }' "$accounts"
chmod 644 "$root/etc/passwd" "$root/etc/group"
chmod 600 "$root/etc/shadow"

for folder in proc sys dev run tmp root mnt etc var data rom; do mkdir -p "$root/$folder"; done
chmod 700 "$root/root"
chmod 1777 "$root/tmp"

# Taken over at each start by a file of /data.
: >"$root/etc/machine-id"
: >"$root/etc/fstab"
echo 'passwd: files
group: files
shadow: files
hosts: files dns' >"$root/etc/nsswitch.conf"
[ -e "$root/etc/hosts" ] || echo '127.0.0.1 localhost
::1 localhost' >"$root/etc/hosts"
ln -sfn /run/systemd/resolve/resolv.conf "$root/etc/resolv.conf"
ln -sfn ../proc/self/mounts "$root/etc/mtab"
rm -rf "$root"/etc/systemd/system/*.wants "$root/var/cache" "$root/var/lib/dpkg" "$root/var/lib/apt"
ldconfig -r "$root"
# No program changes its user.
find "$root" -xdev -type f -perm /6000 -exec chmod ug-s {} +
# Of the two signed copies, the one that this kernel's built-in key fits.
firmware=$root/usr/lib/firmware
[ ! -e "$firmware/regulatory.db-debian" ] || for name in regulatory.db regulatory.db.p7s; do
    ln -sf "$name-debian" "$firmware/$name"
done
