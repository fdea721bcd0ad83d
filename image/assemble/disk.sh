#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/assemble/disk.sh IMAGE MEGABYTES: reads a partition table in sfdisk's words and writes a disk that has it. A line
# that ends with "# FILE" has that file as its content. Partitions lie one behind the other from 4 MiB on: cards erase
# in blocks of that size.
set -euo pipefail
image=$1 megabytes=$2
truncate -s 0 "$image"
truncate -s "${megabytes}M" "$image"

table="first-lba: 8192" contents=()
while IFS='#' read -r line content; do
  table+=$'\n'$line
  if [[ $line == size=* ]]; then contents+=("${content# }"); fi
done
sfdisk -q "$image" <<<"$table"

mapfile -t starts < <(sfdisk -l -q -o Start "$image" | tail -n +2)
mapfile -t sectors < <(sfdisk -l -q -o Sectors "$image" | tail -n +2)
for i in "${!starts[@]}"; do
  [[ -n ${contents[i]} ]] || continue
  if (($(stat -c %s "${contents[i]}") > sectors[i] * 512)); then
    echo "${contents[i]} has $(stat -c %s "${contents[i]}") bytes, and its partition only $((sectors[i] * 512))" >&2
    exit 1
  fi
  dd if="${contents[i]}" of="$image" bs=4M oflag=seek_bytes seek=$((starts[i] * 512)) conv=notrunc,sparse status=none
done
