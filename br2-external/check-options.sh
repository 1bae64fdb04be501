#!/bin/sh
# Compares a final configuration (Buildroot, kernel, boot loaders: all of Kconfig's kind) with what was asked for:
# prints file and line of each option that did not take, and then fails. A later file wins over an earlier one.
#
#   check-options.sh FINAL WANTED...
set -eu

[ $# -ge 2 ] || {
    echo 'usage: check-options.sh FINAL WANTED...' >&2
    exit 2
}
final=$1
shift
exec awk -v final="$final" '
    # "X=y", or "# X is not set", which is the same as "X=n"
    function option(line,   i) {
        if (line ~ /^# [A-Z0-9_]+ is not set/) { split(line, word, " "); key = word[2]; value = "n"; return 1 }
        if (line !~ /^[A-Za-z0-9_]+=/) return 0
        i = index(line, "=")
        key = substr(line, 1, i - 1)
        value = substr(line, i + 1)
        return 1
    }
    BEGIN {
        while ((status = (getline line < final)) > 0) if (option(line)) is[key] = value
        if (status < 0) { print "check-options: cannot read " final > "/dev/stderr"; broken = 1; exit 2 }
    }
    option($0) {
        if (!(key in wanted)) order[++count] = key
        wanted[key] = value
        place[key] = FILENAME ":" FNR
    }
    END {
        if (broken) exit 2
        for (i = 1; i <= count; i++) {
            key = order[i]
            got = (key in is) ? is[key] : "n"
            if (got == wanted[key]) continue
            # An empty string is as good as none.
            if (wanted[key] == "\"\"" && got == "n") continue
            printf "%s: %s=%s did not take: %s\n", place[key], key, wanted[key],
                (key in is) ? "it is " got : "it is not there (a missing dependency?)" > "/dev/stderr"
            bad++
        }
        if (bad) { printf "check-options: %d of %d options of %s did not take\n", bad, count, final > "/dev/stderr"; exit 1 }
        printf "%d options asked for are in %s\n", count, final
    }' "$@"
