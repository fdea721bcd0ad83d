#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/debian/base.sh stable|backports: a folder with Debian's root file system for arm64 (root/); prints its path.
#
# It takes minutes, nearly all of them emulated, so that it is kept by the hash of what it is made from; what changes
# from day to day is laid over a copy. The packages themselves are those of the day: Debian's mirrors keep no others.
set -euo pipefail
shopt -s nullglob
kernel=$1
here=$(dirname "$(realpath "$0")")
cache=${STAGEBOX_CACHE:-$HOME/.cache/stagebox}/image

packages() {
  find "$here/packages" "$here"/../layers/*/packages -type f -exec cat {} + | sed 's/#.*//; s/[[:space:]]//g; /^$/d' | sort -u
}

# Comments make no other root.
hash=$({ packages && sed '/^ *#/d' "$here"/{bootstrap.sh,modules,initramfs-hook,hooks/*}; } | sha256sum | head -c 16)
base=$cache/debian-trixie-$kernel-$hash
if [[ -d $base/root ]]; then
  echo "$base"
  exit
fi

echo "Making Debian's root for arm64 with the $kernel kernel; takes some minutes, the next time none" >&2
mkdir -p "$cache"
work=$(mktemp -d "$cache/.making.XXXXXX")
# A bootstrap that was interrupted leaves /proc and others mounted.
trap 'umount -R "$work"/root/{proc,sys,dev} 2>/dev/null; rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"
"$here/bootstrap.sh" "$kernel" "$(packages | paste -sd,)" "$work/root" >&2
# Another build may have been faster; this one's is then swept away.
mv -T "$work" "$base" 2>/dev/null || [[ -d $base/root ]]
echo "$base"
