#!/bin/sh
# Runs Buildroot for one board of configs/, in output/BOARD; its full log is output/BOARD/build.log.
#
#   build.sh BOARD [TARGET...]      no target: the image. Targets are Buildroot's: menuconfig, legal-info, linux-rebuild ...
#
# Settings, from the environment:
#   VARIANTS        names of configs/variants that are added to the board's configuration, in this order
#   BUILDROOT_DIR   a Buildroot tree; otherwise the pinned one is fetched below build/
#   BR2_DL_DIR      where downloads are kept, default build/dl; BR2_JLEVEL how many jobs of one package run at a time
#   V=1             show the whole log
set -eu

here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/..")

# The one place that names Buildroot's release.
buildroot_version=2026.02.3
buildroot_commit=679b9ead7620bbf193620d1ebf56f53c1764d37a
buildroot_url=https://gitlab.com/buildroot.org/buildroot.git

# Newer than Buildroot's: 1.2 loses a client's certificate when two threads sign. Checksums of our own take the place of
# Buildroot's, since the licence file has changed, too.
tpm2_openssl_version=1.3.0

fail() {
    echo "build: $*" >&2
    exit 1
}

# The files of configs/ with this ending, by the names under which they are asked for.
names() {
    (cd "$top/configs" && for file in $1; do printf '%s ' "$(basename "${file%"$2"}")"; done)
}

[ $# -ge 1 ] || fail 'usage: build.sh BOARD [TARGET...]'
board=$1
shift
[ "$board" != qemu ] || board=qemu_card
defconfig=$top/configs/${board}_defconfig
[ -e "$defconfig" ] || fail "no board $board; there are: $(names '*_defconfig' _defconfig)"

variants=${VARIANTS-}
name=$board
files=$defconfig
for variant in $variants; do
    file=$top/configs/variants/$variant.config
    [ -e "$file" ] || fail "no variant $variant; there are: $(names 'variants/*.config' .config)"
    name=$name-$variant
    files="$files $file"
done
output=$top/output/$name
mkdir -p "$output"
exec 9>>"$output/.lock"
flock --nonblock 9 || fail "another build of $name is at work in ${output#"$top"/}: wait for its end, or end it"

if [ -z "${BUILDROOT_DIR-}" ]; then
    BUILDROOT_DIR=$top/build/buildroot-$buildroot_version
    if [ ! -e "$BUILDROOT_DIR/Makefile" ]; then
        echo "fetching Buildroot $buildroot_version"
        rm -rf "$BUILDROOT_DIR.new"
        git -c advice.detachedHead=false clone -q --depth 1 --branch $buildroot_version $buildroot_url \
            "$BUILDROOT_DIR.new" || fail "cannot fetch it; BUILDROOT_DIR=FOLDER names a tree that is already there"
        [ "$(git -C "$BUILDROOT_DIR.new" rev-parse HEAD)" = $buildroot_commit ] ||
            fail "$buildroot_url has another commit than $buildroot_commit under the name $buildroot_version"
        mv "$BUILDROOT_DIR.new" "$BUILDROOT_DIR"
    fi
fi
BUILDROOT_DIR=$(readlink -f "$BUILDROOT_DIR")
found=$(sed -n 's/^export BR2_VERSION := //p' "$BUILDROOT_DIR/Makefile")
[ "$found" = $buildroot_version ] || echo "build: $BUILDROOT_DIR is Buildroot $found, not $buildroot_version" >&2

# Version and time of the image: of the last commit, wherever it is built. "+" marks what no commit describes.
ENF_VERSION=$(git -C "$top" describe --tags --always --dirty=+ --match 'v[0-9]*' 2>/dev/null || echo unknown)
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$top" log -1 --format=%ct 2>/dev/null || stat -c %Y "$defconfig")}
BR2_DL_DIR=${BR2_DL_DIR:-$top/build/dl}
mkdir -p "$BR2_DL_DIR"
export BUILDROOT_DIR ENF_VERSION SOURCE_DATE_EPOCH BR2_DL_DIR

buildroot() {
    make -C "$BUILDROOT_DIR" --no-print-directory BR2_EXTERNAL="$here" O="$output" \
        TPM2_OPENSSL_VERSION=$tpm2_openssl_version \
        TPM2_OPENSSL_HASH_FILES="$here/patches/tpm2-openssl/tpm2-openssl.hash" ${BR2_JLEVEL:+BR2_JLEVEL=$BR2_JLEVEL} "$@"
}

# Configure, when the configuration asked for has changed. Without variants savedefconfig writes back to configs/.
# shellcheck disable=SC2086 # a list of files without spaces
wanted=$(cat $files "$here"/Config.in "$here"/package/*/Config.in | cksum)
if [ "$(cat "$output/.wanted" 2>/dev/null)" != "$wanted" ] || [ ! -e "$output/.config" ]; then
    echo "configuring $name in ${output#"$top"/}"
    if [ -n "$variants" ]; then
        # shellcheck disable=SC2086
        cat $files >"$output/defconfig"
        defconfig=$output/defconfig
    fi
    buildroot -s defconfig BR2_DEFCONFIG="$defconfig" >"$output/configure.log" 2>&1 ||
        { cat "$output/configure.log" >&2; exit 1; }
    # shellcheck disable=SC2086
    "$here/check-options.sh" "$output/.config" $files
    echo "$wanted" >"$output/.wanted"
fi

case " $variants " in
    *' debian '*)
        "$here/debian/prepare.sh" "$output"
        # Its older pkgconf prefixes paths of the target with those of the build machine, unless disabled.
        PKG_CONFIG_FDO_SYSROOT_RULES=1
        export PKG_CONFIG_FDO_SYSROOT_RULES
        # shellcheck disable=SC2046 # a list of assignments without spaces
        case " $*" in *' legal-info') set -- "$@" $(node "$here/debian/legal-info.js" "$output") ;; esac
        ;;
esac

if [ $# -gt 0 ]; then
    buildroot "$@"
    exit
fi

start=$(date +%s)
progress() {
    if [ -n "${V-}" ]; then
        tee "$output/build.log"
        return
    fi
    tee "$output/build.log" | sed -un 's/^\(\x1b\[7m\)*>>> *//p' | while read -r line; do
        case $line in
            *Downloading* | *Building* | *Executing* | *Generating* | Finalizing*)
                seconds=$(($(date +%s) - start))
                printf '%4d:%02d  %s\n' $((seconds / 60)) $((seconds % 60)) \
                    "$(printf %s "$line" | sed 's/\x1b\[[0-9;]*m//g')"
                ;;
        esac
    done
}

echo "building $name $ENF_VERSION (log: ${output#"$top"/}/build.log)"
rm -f "$output/.failed"
# Buildroot does not look whether the sources of our own programs have changed.
{ buildroot enftun-rebuild all 2>&1 || touch "$output/.failed"; } | progress
if [ -e "$output/.failed" ]; then
    tail -n 30 "$output/build.log" >&2
    fail "failed; the whole log: ${output#"$top"/}/build.log"
fi
"$here/check-components.sh" "$output"
echo "done: ${output#"$top"/}/images"
ls -l "$output/images"
