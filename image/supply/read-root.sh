#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/supply/read-root.sh IMAGE FOLDER [PATH...]: the root file system of a card image, or those paths of it, into
# FOLDER: out of the first partition that holds a squashfs, else an ext4. Nothing is mounted.
set -euo pipefail
image=$1 folder=$2
shift 2

# magic OFFSET BYTES: as hexadecimal digits.
magic() { od -An -tx1 -j "$1" -N "$2" "$image" | tr -d ' \n'; }
mapfile -t starts < <(sfdisk -l -q -o Start "$image" | tail -n +2 | tr -d ' ')

for start in "${starts[@]}"; do
  offset=$((start * 512))
  if [[ $(magic "$offset" 4) == 68737173 ]]; then
    unsquashfs -q -n -f -o "$offset" -d "$folder" "$image" "$@" >/dev/null
    exit
  fi
done
for start in "${starts[@]}"; do
  offset=$((start * 512))
  if [[ $(magic $((offset + 1080)) 2) == 53ef ]]; then
    for path in "${@:-/}"; do
      mkdir -p "$folder/$(dirname "$path")"
      debugfs -R "rdump \"/$path\" \"$folder/$(dirname "$path")\"" "$image?offset=$offset" >/dev/null 2>&1
    done
    exit
  fi
done
echo "$image: no partition holds a root file system" >&2
exit 1
