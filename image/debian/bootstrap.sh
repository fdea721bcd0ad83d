#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/debian/bootstrap.sh stable|backports PACKAGES FOLDER: installs Debian with the packages, whose names are joined
# by commas, into FOLDER.
#
# Needs root: a chroot, and files that belong to several users.
set -euo pipefail
kernel=$1 packages=$2 folder=$3
here=$(dirname "$(realpath "$0")")
suite=trixie
mirror=${STAGEBOX_MIRROR:-http://deb.debian.org/debian}
security=${STAGEBOX_SECURITY_MIRROR:-$mirror-security}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

sources() {
  local options="[signed-by=$keyring]" components="main non-free-firmware"
  echo "deb $options $mirror $suite $components"
  echo "deb $options $mirror $suite-updates $components"
  echo "deb $options $security $suite-security $components"
  [[ $kernel != backports ]] || echo "deb $options $mirror $suite-backports $components"
}
[[ $kernel != backports ]] || packages=${packages/linux-image-arm64/linux-image-arm64/$suite-backports}

# Programs for arm64 are run by qemu, which the kernel must have been told; in a container nobody has.
if ! arch-test arm64 >/dev/null; then
  [[ -e /proc/sys/fs/binfmt_misc/register ]] || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  update-binfmts --enable qemu-aarch64
fi

# As this machine reaches the mirrors, so must what is built; the box keeps none of it.
mapfile -t reach < <(apt-config dump | grep -E '^Acquire::(https?::Proxy|Check-|Retries)' | sed 's/^/--aptopt=/')

IMAGE_DEBIAN=$here SUITE=$suite mmdebstrap --mode=root --arch=arm64 --variant=minbase --format=directory \
  --keyring="$keyring" "${reach[@]}" --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt=force-confold --dpkgopt=force-unsafe-io \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/lintian/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --include="$packages" \
  --essential-hook="$here/hooks/essential.sh \"\$1\"" --customize-hook="$here/hooks/customize.sh \"\$1\"" \
  "$suite" "$folder" - < <(sources)
