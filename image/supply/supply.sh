#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/supply/supply.sh IMAGE.img: writes beside a finished card image what comes along with it:
#
#   IMAGE.packages.tsv           every package: kind, name, version, source, licences
#   IMAGE.licences.txt           their words
#   IMAGE.spdx.json              the same as a bill of materials (SPDX 2.3)
#   IMAGE.os_list.json           an entry for a list of Raspberry Pi Imager's; with .img.xz beside the image
#   IMAGE.rpi-imager-manifest    opened with Imager, has it set up this image
#   IMAGE.sha256                 of all of these, for `sha256sum --check`
#
# STAGEBOX_URL: the folder on the web where they will lie; without it, where they lie here.
set -euo pipefail
image=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
bun=$here/../../node_modules/bun/bin/bun.exe
: "${SOURCE_DATE_EPOCH:?}"

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
"$here/read-root.sh" "$image" "$root" var/lib/dpkg/status usr/share/doc usr/share/common-licenses usr/lib/stagebox/image.json usr/lib/os-release
"$bun" "$here/describe.ts" "$image" "$root" ${STAGEBOX_URL:+"$STAGEBOX_URL"}
cp "$here/stagebox.svg" "$(dirname "$image")/"

cd "$(dirname "$image")"
name=$(basename "$image" .img)
rm -f "$name.sha256"
find . -maxdepth 1 -type f -name "$name.*" ! -name "*.sha256" -printf '%P\n' | LC_ALL=C sort | xargs sha256sum >".$name.sha256"
mv ".$name.sha256" "$name.sha256"
