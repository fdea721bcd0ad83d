#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/assemble/compress.sh IMAGE: IMAGE.xz, which Raspberry Pi Imager writes as it is, and the SHA-256 of both.
set -euo pipefail
cd "$(dirname "$1")"
name=$(basename "$1")
# One thread makes one block, the same on every machine. The root is packed already, and gains nothing by more than -6.
xz --keep --force --threads=1 -6 --stdout "$name" >"$name.xz.new"
mv "$name.xz.new" "$name.xz"
for file in "$name" "$name.xz"; do sha256sum "$file" >"$file.sha256"; done
