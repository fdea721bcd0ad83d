#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/assemble/squashfs.sh ROOT FILE: the read-only root. zstd, because xz is a tenth smaller and takes several times
# as long to read, on every start.
set -euo pipefail
# It takes the date from the environment or from its options, and refuses both; only the options reach every file.
env -u SOURCE_DATE_EPOCH mksquashfs "$1" "$2" -noappend -quiet -no-progress -no-exports -comp zstd -Xcompression-level 15 \
  -mkfs-time "$SOURCE_DATE_EPOCH" -all-time "$SOURCE_DATE_EPOCH" >&2
