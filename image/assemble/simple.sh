#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/assemble/simple.sh BOOT PARTS IMAGE: a disk of one slot for boards whose boot loader knows neither GPT nor
# autoboot.txt (Pi 3, Zero 2 W) and for all others. A power of two in size, as emulated cards must be.
set -euo pipefail
boot=$1 parts=$2 image=$3
here=$(dirname "$(realpath "$0")")
work=$(dirname "$image")

echo "$(cat "$boot/cmdline") root=PARTUUID=5a6e0b0c-02" >"$boot/cmdline.txt"
rm "$boot/cmdline"
"$here/firmware.sh" "$boot"
"$here/fat.sh" "$parts/boot.fat" 144 STAGEBOX 5B0A0001 "$boot"
"$here/data.sh" "$work/data.ext4" 480

"$here/disk.sh" "$image" 1024 <<END
label: dos
label-id: 0x5a6e0b0c
size=144MiB, type=c, bootable # $parts/boot.fat
size=384MiB, type=83 # $parts/root.squashfs
size=480MiB, type=83 # $work/data.ext4
END
