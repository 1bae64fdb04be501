#!/bin/sh
# After a build: every option that the kernel and the boot loaders were asked for, by the files that the Buildroot
# configuration names, must be in their final configurations.
#
#   check-components.sh OUTPUT
set -eu

here=$(dirname "$(readlink -f "$0")")
output=$1

# The files that a Buildroot option lists.
files_of() {
    sed -n "s|^$1=\"\(.*\)\"|\1|p" "$output/.config" | sed "s|\$(BR2_EXTERNAL_ENF_PATH)|$here|g"
}

status=0
check() {
    for final in "$output"/build/$1/.config; do
        [ -e "$final" ] || continue
        case $final in */linux-headers-*) continue ;; esac
        shift
        wanted=
        for option; do wanted="$wanted $(files_of "$option")"; done
        # shellcheck disable=SC2086 # a list of files without spaces
        [ -z "${wanted# }" ] || "$here/check-options.sh" "$final" $wanted || status=1
        return
    done
}

check 'linux-*' BR2_LINUX_KERNEL_CUSTOM_CONFIG_FILE BR2_LINUX_KERNEL_CONFIG_FRAGMENT_FILES
check 'uboot-*' BR2_TARGET_UBOOT_CUSTOM_CONFIG_FILE BR2_TARGET_UBOOT_CONFIG_FRAGMENT_FILES
check 'at91bootstrap3-*' BR2_TARGET_AT91BOOTSTRAP3_CUSTOM_CONFIG_FILE
exit $status
