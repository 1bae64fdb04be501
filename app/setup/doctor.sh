#!/bin/sh
# What this machine lacks for `make run` and `make test`, before anything is installed or built. It changes nothing.
#
#   doctor.sh        a line for each requirement; exit status 1 if one is not met
set -eu

PATH=$PATH:/usr/sbin:/sbin
here=$(dirname "$(readlink -f "$0")")
top=$here/../..
lacks=0
# What a first `make test` leaves below build/ and app/node_modules, and what apt installs.
needed_disk_mib=5000
needed_memory_mib=3000

good() {
    printf 'ok       %s\n' "$*"
}

# What is missing, and what to do.
lack() {
    lacks=$((lacks + 1))
    printf 'missing  %s\n         %s\n' "$1" "$2"
}

note() {
    printf 'note     %s\n         %s\n' "$1" "$2"
}

system() {
    # shellcheck source=/dev/null
    name=$(. /etc/os-release && echo "${PRETTY_NAME:-unknown system}")
    machine=$(uname -m)
    case $name in
        'Debian GNU/Linux 12'* | 'Debian GNU/Linux 13'*) good "$name" ;;
        *) note "$name" 'Debian 12 and 13 are tested; the package names of others may differ' ;;
    esac
    case $machine in
        x86_64) good "processor $machine, $(nproc) of them" ;;
        *) note "processor $machine" 'x86_64 is tested' ;;
    esac
}

rights() {
    if [ "$(id -u)" = 0 ]; then
        good 'root'
    elif sudo -n true 2>/dev/null; then
        good 'sudo, without a question'
    elif command -v sudo >/dev/null; then
        note 'sudo asks for a password' 'run the commands on a terminal, or as root'
    else
        lack 'root' 'run the commands as root, or install sudo'
    fi
}

room() {
    free=$(df -Pm "$top" | awk 'NR == 2 { print $4 }')
    if [ "$free" -ge $needed_disk_mib ]; then
        good "$free MiB of disk are free"
    else
        lack "disk: $free MiB are free" "make room for $needed_disk_mib MiB at $(readlink -f "$top")"
    fi
    memory=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
    if [ "$memory" -ge $needed_memory_mib ]; then
        good "$memory MiB of memory are available"
    else
        lack "memory: $memory MiB are available" "make test needs $needed_memory_mib MiB"
    fi
}

# Programs that no target installs.
programs() {
    for program in git make apt-get dpkg unshare; do
        if command -v $program >/dev/null; then
            good "$program"
        else
            lack "$program" "apt-get install $(package_of $program)"
        fi
    done
}

package_of() {
    case $1 in
        unshare) echo util-linux ;;
        apt-get) echo apt ;;
        *) echo "$1" ;;
    esac
}

kernel() {
    if [ -c /dev/net/tun ]; then
        good '/dev/net/tun'
    else
        lack '/dev/net/tun' 'modprobe tun; in a container: --device /dev/net/tun'
    fi
    if [ "$(id -u)" != 0 ]; then
        note 'network namespaces were not tried' 'run "sudo make doctor" to try them'
    elif reason=$(unshare --net --mount --pid --fork --mount-proc true 2>&1); then
        good 'network, mount and process namespaces'
    else
        lack "namespaces: $reason" 'in a container: --privileged'
    fi
}

sources() {
    if mirror=$("$here/debian-mirror.sh" 2>/dev/null); then
        good "Debian packages from $mirror"
    else
        lack 'a Debian mirror' 'add one to /etc/apt/sources.list, or set MIRROR=URL'
    fi
    if ! command -v npm >/dev/null; then
        note 'npm is not installed' 'the first target that needs it installs it from Debian'
    elif npm ping --fetch-timeout 10000 --fetch-retries 1 >/dev/null 2>&1; then
        good "npm packages from $(npm config get registry)"
    else
        lack "the npm registry $(npm config get registry) does not answer" 'npm config set registry URL; check the proxy'
    fi
}

case "${1:-}" in
    '') ;;
    -h | --help)
        sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//;p}' "$0"
        exit 0
        ;;
    *)
        echo 'usage: doctor.sh' >&2
        exit 2
        ;;
esac

system
rights
room
programs
kernel
sources
if [ $lacks = 0 ]; then
    echo 'This machine has what "make run" and "make test" need.'
else
    echo "This machine lacks $lacks of the requirements above."
    exit 1
fi
