#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/debian/boot.sh ROOT KERNEL FOLDER: what the Pi's boot loader reads, out of ROOT into FOLDER: firmware, kernel,
# initial RAM disk, device trees, config.txt, and the kernel's command line but for which partition is the root.
set -euo pipefail
root=$1 kernel=$2 folder=$3
here=$(dirname "$(realpath "$0")")
layers=$here/../layers
mkdir -p "$folder/overlays"

cp "$root"/usr/lib/raspi-firmware/{bootcode.bin,fixup*.dat,start*.elf} "$folder/"
cp "$root"/usr/lib/raspi-firmware/overlays/*.dtbo "$folder/overlays/"
cp "$root"/usr/lib/linux-image-*/broadcom/bcm2{710,711,712,837}*.dtb "$folder/" 2>/dev/null || true
if ! ls "$folder"/bcm2*.dtb >/dev/null 2>&1; then
  echo "the kernel package holds no device tree of a Raspberry Pi" >&2
  exit 1
fi
# The boot loader unpacks it; a card's reading is slower than that.
gzip -9n <"$(echo "$root"/boot/vmlinuz-*)" >"$folder/kernel8.img"
cp "$root"/boot/initrd.img-* "$folder/initrd.img"

{
  cat "$here/config.txt"
  for file in "$layers"/*/config.txt; do
    if [[ -f $file ]]; then printf '\n[all]\n' && cat "$file"; fi
  done
} >"$folder/config.txt"
"$here/../boards/reserve.sh" "$folder/config.txt"
"$here/../boards/overlays.sh" "$folder/overlays"
{
  if [[ -f $here/cmdline.$kernel ]]; then cat "$here/cmdline.$kernel"; fi
  cat "$here/cmdline"
  find "$layers" -name cmdline -exec cat {} + | sort
} | sed 's/#.*//' | xargs >"$folder/cmdline"
