#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# image/boards/reserve.sh CONFIG.TXT: makes the last 512 bytes of a config.txt the place of the board profile.
#
# The box writes there later what its board needs of the firmware. A file on a FAT begins at a cluster, so that these
# bytes are one sector of the card: it is written whole or not at all, and nothing else of the file system changes.
# src/appliance/boards/board-sector.ts writes it, and knows it by its first line.
set -eu
file=$1
sector=512
first_line='# stagebox board: none'

# So many bytes of comment, in lines that the firmware does not cut (it reads 98 characters of each).
fill() {
  [ "$1" -eq 0 ] || {
    yes "$(printf '%063d' 0 | tr 0 '#')" | head -c $(($1 - 1))
    echo
  }
}

# What comes before counts for every Pi again, and ends where a sector does.
printf '\n[all]\n' >>"$file"
size=$(wc -c <"$file")
{
  fill $(((sector - size % sector) % sector))
  echo "$first_line"
  fill $((sector - ${#first_line} - 1))
} >>"$file"
