#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# image/boards/overlays.sh FOLDER: compiles the device tree overlays of the board profiles into FOLDER, which is
# overlays/ of a boot partition.
set -eu
here=$(dirname "$0")
for source in "$here"/overlays/*.dts; do
  dtc -q -@ -I dts -O dtb -o "$1/$(basename "$source" .dts).dtbo" "$source"
done
