#!/bin/sh
# Assembles a cross compiler for the card from Debian's packages, in a form that Buildroot takes as an external
# toolchain: one folder that can lie anywhere, with a sysroot of its own. Needs no root; an x86-64 machine.
#
#   make-toolchain.sh FOLDER        APT_CONFIG names the configuration that private-apt.sh made
#
# GCC 12, glibc 2.36, kernel headers 6.1 (bookworm), for programs that run on any card.
set -eu

target=arm-linux-gnueabihf
release=bookworm
packages="gcc-12-$target g++-12-$target cpp-12-$target gcc-12-$target-base binutils-$target
    libc6-armhf-cross libc6-dev-armhf-cross linux-libc-dev-armhf-cross libgcc-s1-armhf-cross libgcc-12-dev-armhf-cross
    libstdc++6-armhf-cross libstdc++-12-dev-armhf-cross libatomic1-armhf-cross libgomp1-armhf-cross
    libasan8-armhf-cross libubsan1-armhf-cross gcc-12-cross-base"

[ $# = 1 ] || {
    echo 'usage: make-toolchain.sh FOLDER' >&2
    exit 2
}
folder=$1
[ ! -e "$folder/.complete" ] || exit 0
rm -rf "$folder"
mkdir -p "$folder/debs" "$folder/sysroot/usr/lib"
folder=$(cd "$folder" && pwd)

(
    cd "$folder/debs"
    for package in $packages; do apt-get -qq -o APT::Sandbox::User="$(id -un)" download "$package/$release"; done
    for deb in *.deb; do dpkg-deb -x "$deb" unpacked; done
)
unpacked=$folder/debs/unpacked/usr
rm -rf "$unpacked/share"

# The target's libraries and headers become a sysroot; the C++ headers stay where the compiler looks for them.
sysroot=$folder/sysroot
mv "$unpacked/$target/lib"/* "$sysroot/usr/lib/"
ln -s usr/lib "$sysroot/lib"
mkdir -p "$sysroot/usr/include" "$folder/$target/include"
mv "$unpacked/$target/include/c++" "$folder/$target/include/"
mv "$unpacked/$target/include"/* "$sysroot/usr/include/"
cp -a "$unpacked/$target/bin" "$folder/$target/"
mv "$unpacked/bin" "$folder/"
mv "$unpacked/lib" "$folder/"
mv "$folder/lib/x86_64-linux-gnu"/* "$folder/lib/"

# Linker scripts name folders of the build machine; bare names are found in the sysroot.
grep -lsI 'GNU ld script' "$sysroot"/usr/lib/*.so | xargs sed -i "s|/usr/$target/lib/||g"

# What belongs to the target lies with the compiler: Buildroot expects it in the sysroot.
compiler=$folder/lib/gcc-cross/$target/12
for name in libstdc++ libatomic libgomp libasan libubsan; do
    rm "$compiler/$name.so"
    versioned=$(cd "$sysroot/usr/lib" && echo "$name".so.[0-9])
    ln -s "$versioned" "$sysroot/usr/lib/$name.so"
    mv "$compiler/$name.a" "$sysroot/usr/lib/"
done
mv "$compiler/libsupc++.a" "$compiler/libstdc++fs.a" "$sysroot/usr/lib/"

# Buildroot refuses a compiler whose sysroot is the root of the build machine: the same length, another answer.
find "$folder/bin" "$compiler" -type f -perm /111 -exec sed -i 's|--with-sysroot=/ |--with-sysroot=. |' {} +

cd "$folder/bin"
for program in gcc g++ cpp; do
    # shellcheck disable=SC2016 # expanded by the wrapper
    printf '%s\n' '#!/bin/sh' 'here=$(dirname "$(readlink -f "$0")")' \
        "exec \"\$here/$target-$program-12\" --sysroot=\"\$here/../sysroot\" \"\$@\"" >"$target-$program"
    chmod 755 "$target-$program"
done
for program in gcc-ar gcc-nm gcc-ranlib gcov; do ln -s "$target-$program-12" "$target-$program"; done
for program in ar as ld nm objcopy objdump ranlib readelf strip; do
    ln -sf "../../bin/$target-$program" "$folder/$target/bin/$program"
done

rm -rf "$folder/debs" "$folder"/lib/*/ld.gold
touch "$folder/.complete"
