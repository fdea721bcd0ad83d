#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/assemble/firmware.sh FOLDER: lays out in FOLDER what people find and edit on the FAT partition: what is the same
# for every image, and what each layer has for it.
set -euo pipefail
folder=$1
here=$(dirname "$(realpath "$0")")

mkdir -p "$folder"
for files in "$here/firmware" "$here"/../layers/*/firmware; do
  if [[ -d $files ]]; then cp -rL "$files/." "$folder/"; fi
done
