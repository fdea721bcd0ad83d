#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/assemble/fat.sh FILE MEGABYTES LABEL SERIAL FOLDER...: a FAT32 file system with what lies in the folders. SERIAL
# is its eight hexadecimal digits: a random one would make every build another.
set -euo pipefail
file=$1 megabytes=$2 label=$3 serial=$4
shift 4
truncate -s "${megabytes}M" "$file"
# FAT32 by name even where it is small: the Pi's boot loader reads it in every size, and so does each computer.
mkfs.vfat -F 32 -s 1 --invariant -i "$serial" -n "$label" "$file" >/dev/null

# In one order, because that is the order in which they lie; mcopy's own way down a folder is the host's.
for folder; do
  find "$folder" -mindepth 1 -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  while IFS= read -r path; do
    if [[ -d $folder/$path ]]; then mmd -i "$file" "::/$path"; else mcopy -i "$file" -m -Q "$folder/$path" "::/$path"; fi
  done < <(find "$folder" -mindepth 1 -printf '%P\n' | sort)
done
