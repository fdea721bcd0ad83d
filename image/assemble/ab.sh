#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/assemble/ab.sh BOOT PARTS IMAGE: a disk of two slots, from what the boot loader reads (BOOT) and root.squashfs in
# PARTS, where boot.fat comes to lie too. The second slot is empty. What a person edits, and autoboot.txt, which says
# which slot starts, lie on a partition that belongs to neither.
set -euo pipefail
boot=$1 parts=$2 image=$3
here=$(dirname "$(realpath "$0")")
work=$(dirname "$image")

# An update of the other slot is these same bytes but for one letter.
echo "$(cat "$boot/cmdline") root=PARTLABEL=root_a" >"$boot/cmdline.txt"
rm "$boot/cmdline"
"$here/fat.sh" "$parts/boot.fat" 96 BOOT 5B0A0002 "$boot"

"$here/firmware.sh" "$work/firmware"
cp "$here/autoboot.txt" "$work/firmware/"
"$here/fat.sh" "$work/firmware.fat" 48 STAGEBOX 5B0A0001 "$work/firmware"
"$here/data.sh" "$work/data.ext4" 120

# Windows gives a letter to the first alone: attribute 63 is "no drive letter".
fat=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7 linux=0FC63DAF-8483-4772-8E79-3D69D8477DE4
"$here/disk.sh" "$image" 1136 <<END
label: gpt
label-id: 5A6E0B0C-0000-4000-8000-000000000000
size=48MiB,  type=$fat, uuid=5A6E0B0C-0000-4000-8000-000000000001, name=STAGEBOX # $work/firmware.fat
size=96MiB,  type=$fat, uuid=5A6E0B0C-0000-4000-8000-000000000002, name=boot_a, attrs="GUID:63" # $parts/boot.fat
size=96MiB,  type=$fat, uuid=5A6E0B0C-0000-4000-8000-000000000003, name=boot_b, attrs="GUID:63"
size=384MiB, type=$linux, uuid=5A6E0B0C-0000-4000-8000-000000000004, name=root_a # $parts/root.squashfs
size=384MiB, type=$linux, uuid=5A6E0B0C-0000-4000-8000-000000000005, name=root_b
size=120MiB, type=$linux, uuid=5A6E0B0C-0000-4000-8000-000000000006, name=data # $work/data.ext4
END
