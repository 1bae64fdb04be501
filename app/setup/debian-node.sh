#!/bin/sh
# Unpacks the Node.js of the card's Debian release, for the processor of this machine, with tpm2-openssl: the OpenSSL is
# a library of its own, as on the card, and not a part of Node.js. Nothing is installed.
#
#   debian-node.sh [FOLDER]      default: build/debian-node of the repository
#
# Afterwards FOLDER/bin/node starts it, as root: it reads parts of itself from /usr/share/nodejs, which it gets in a
# mount namespace of its own.
set -eu

here=$(dirname "$(readlink -f "$0")")
folder=${1:-$here/../../build/debian-node}
fetch=$here/../../board/qemu/fetch-packages.sh
list=$here/debian-node.list

mkdir -p "$folder"
folder=$(readlink -f "$folder")
wanted=$(cat "$0" "$list" "$fetch" | cksum)
if [ -f "$folder/.complete" ] && [ "$(cat "$folder/.complete")" = "$wanted" ]; then
    exit 0
fi
rm -rf "${folder:?}/root" "${folder:?}/bin"
mkdir "$folder/root" "$folder/bin"

architecture=$(dpkg --print-architecture)
echo "debian-node: unpacking Node.js for $architecture below $folder"
ARCHITECTURE=$architecture "$fetch" "$folder/cache" "$list" >"$folder/files"
while read -r file; do
    case ${file##*/} in
        libsystemd* | systemd* | udev* | passwd* | login* | libicu*-dev*) ;;
        *) dpkg-deb -x "$file" "$folder/root" ;;
    esac
done <"$folder/files"

loader=$(cd "$folder/root" && find ./usr/lib -name 'ld-linux*.so.*' | head -n 1)
libraries=$(dirname "$(cd "$folder/root" && find ./usr/lib -name 'libcrypto.so.3' | head -n 1)")
cat >"$folder/bin/node" <<TEXT
#!/bin/sh
# Made by app/setup/debian-node.sh.
root=\$(readlink -f "\${0%/*}/../root")
export root OPENSSL_MODULES="\$root/${libraries#./}/ossl-modules"
# shellcheck disable=SC2016 # expanded by the other shell
exec unshare --mount sh -c '
    mount -t overlay -o "lowerdir=\$root/usr/share:/usr/share" overlay /usr/share &&
    exec "\$root/${loader#./}" --library-path "\$root/${libraries#./}" "\$root/usr/bin/node" "\$@"' node "\$@"
TEXT
chmod 755 "$folder/bin/node"
echo "$wanted" >"$folder/.complete"
