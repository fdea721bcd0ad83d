#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Run by mmdebstrap before the packages of the image are installed: keeps the kernel and the firmware from doing
# things to a disk that is not there. The files are the packages' own configuration, and dpkg is told to keep ours.
set -eu
root=$1

# The initial RAM disk takes minutes under emulation, and would be made once for every package that asks for it.
stub() {
  mkdir -p "$root/${1%/*}"
  printf '#!/bin/sh\nexit 0\n' >"$root/$1"
  chmod 755 "$root/$1"
}
stub etc/kernel/postinst.d/initramfs-tools
stub etc/kernel/postrm.d/initramfs-tools

# They copy kernel and firmware to a mounted boot partition, and there is none.
stub etc/kernel/postinst.d/z50-raspi-firmware
stub etc/kernel/postrm.d/z50-raspi-firmware
stub etc/initramfs/post-update.d/z50-raspi-firmware
