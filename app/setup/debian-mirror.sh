#!/bin/sh
# Prints the Debian mirror that the machine's own apt uses: it is near and reachable. MIRROR=URL replaces it.
set -eu

# shellcheck disable=SC2016 # apt expands these
machine_mirror() {
    apt-get indextargets --format '$(LABEL) $(REPO_URI)' 2>/dev/null | sed -n 's|^Debian \(.*[^/]\)/*$|\1|p' | head -n 1
}

mirror=${MIRROR:-$(machine_mirror)}
[ -n "$mirror" ] || {
    echo "debian-mirror: the configuration of apt on this machine names no Debian mirror: name one by MIRROR=URL" >&2
    exit 1
}
echo "$mirror"
