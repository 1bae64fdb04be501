#!/bin/sh
# Runs a command that writes into a folder while no other command does that is run this way.
#
#   locked.sh FOLDER NAME COMMAND...      NAME is shown to a command that waits
#
# The lock is the kernel's (flock(1), on FOLDER/lock): it ends with this script, whatever ends it. A command that runs
# this again, for the same lock, has it already.
set -eu

patience_seconds=3600

folder=$1
name=$2
shift 2
mkdir -p "$folder"
lock=$(readlink -f "$folder")/lock
[ "${LOCK_HELD-}" != "$lock" ] || exec "$@"
exec 9>>"$lock"
if ! flock --nonblock 9; then
    echo "$(cat "$lock") is building in this checkout: waiting for its end" >&2
    flock --timeout $patience_seconds 9 || {
        echo "gave up after $patience_seconds s: end that process, or build in another checkout" >&2
        exit 1
    }
fi
echo "\"make $name\" (process $$)" >"$lock"
# What the command leaves running must not hold the lock.
LOCK_HELD=$lock "$@" 9>&-
