#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/assemble/data.sh FILE MEGABYTES: the empty data partition, made to be grown to the size of any card: blocks of
# 4 KiB and a journal as on a large disk, which mke2fs would choose by the size that it has now. A part is root's alone,
# so that a card full of recordings can still be given another Wi-Fi: 2 %, of which the kernel makes 1 % as it grows,
# since it rounds down.
set -euo pipefail
file=$1 megabytes=$2
truncate -s "${megabytes}M" "$file"
export E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH
mke2fs -q -t ext4 -b 4096 -i 16384 -I 256 -m 2 -J size=16 -L stagebox-data -U 5a6e0b0c-0000-4000-8000-00000000da7a \
  -E hash_seed=5a6e0b0c-0000-4000-8000-00000000da7a,resize=268435456,lazy_itable_init=0,lazy_journal_init=0,nodiscard "$file"
