#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/debian/base.sh stable|backports: Debian's root file system for arm64, as a folder whose path it prints.
#
# It takes minutes, nearly all of them emulated, so that it is kept by the hash of what it is made from; what changes
# from day to day is laid over a copy. The packages themselves are those of the day: Debian's mirrors keep no others,
# and the list of what was taken lies beside the folder.
#
# Needs root: a chroot, and files that belong to several users.
set -euo pipefail
shopt -s nullglob
kernel=$1
here=$(dirname "$(realpath "$0")")
cache=${STAGEBOX_CACHE:-$HOME/.cache/stagebox}/image
suite=trixie
mirror=${STAGEBOX_MIRROR:-http://deb.debian.org/debian}
security=${STAGEBOX_SECURITY_MIRROR:-$mirror-security}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

packages() {
  find "$here/packages" "$here"/../layers/*/packages -type f -exec cat {} + | sed 's/#.*//; s/[[:space:]]//g; /^$/d' | sort -u |
    if [[ $kernel == backports ]]; then sed "s,^linux-image-arm64\$,&/$suite-backports,"; else cat; fi
}

sources() {
  local options="[signed-by=$keyring]" components="main non-free-firmware"
  echo "deb $options $mirror $suite $components"
  echo "deb $options $mirror $suite-updates $components"
  echo "deb $options $security $suite-security $components"
  [[ $kernel != backports ]] || echo "deb $options $mirror $suite-backports $components"
}

hash=$({ packages && cat "$0" "$here/modules" "$here"/hooks/*; } | sha256sum | head -c 16)
base=$cache/debian-$suite-$kernel-$hash
if [[ -d $base/root ]]; then
  echo "$base"
  exit
fi

# How this machine reaches the mirrors, the one that is built must too; it is not kept.
mapfile -t reach < <(apt-config dump | grep -E '^Acquire::(https?::Proxy|Check-|Retries)' | sed 's/^/--aptopt=/')

echo "Making Debian $suite for arm64 with the $kernel kernel; takes some minutes, the next time none" >&2
mkdir -p "$cache"
work=$(mktemp -d "$cache/.making.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
chmod 755 "$work"
MODULES=$here/modules mmdebstrap --mode=root --arch=arm64 --variant=minbase --format=directory \
  --keyring="$keyring" "${reach[@]}" --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt=force-confold --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/lintian/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --include="$(packages | paste -sd,)" \
  --essential-hook="$here/hooks/essential.sh \"\$1\"" --customize-hook="$here/hooks/customize.sh \"\$1\"" \
  "$suite" "$work/root" - < <(sources) >&2
# shellcheck disable=SC2016 # dpkg-query's own placeholders
dpkg-query --admindir="$work/root/var/lib/dpkg" -W -f '${Package}\t${Version}\t${Architecture}\t${Source}\n' >"$work/packages.tsv"
mv "$work" "$base"
trap - EXIT
echo "$base"
