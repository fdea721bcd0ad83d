#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/debian/build.sh KERNEL LAYOUT APP WORK OUTPUT: an image from Debian's packages and the application laid out in
# APP. Prints the path of the image.
set -euo pipefail
kernel=$1 layout=$2 app=$3 work=$4 output=$5
here=$(dirname "$(realpath "$0")")
assemble=$here/../assemble
name=stagebox-debian-$layout
[[ $kernel == stable ]] || name+=-$kernel

base=$("$here/base.sh" "$kernel")
root=$work/root
# A copy by links takes a second; everything below replaces files and writes into none.
cp -al "$base/root" "$root" 2>/dev/null || { rm -rf "$root" && cp -a "$base/root" "$root"; }

# With two slots, the boot loader must be told to try the other one.
if [[ $layout == ab ]] && ! "$here/tryboot/build.sh" "$root"; then
  echo "Without stagebox_tryboot, so a Raspberry Pi with this image takes updates of the application alone" >&2
fi
"$assemble/layers.sh" "$root" "$app" "$layout" debian
chroot "$root" systemd-sysusers
# What a first boot would find out to be done already: caches of files that never change.
for folder in etc var; do echo "TIMESTAMP_NSEC=${SOURCE_DATE_EPOCH}000000000" >"$root/$folder/.updated"; done

"$here/boot.sh" "$root" "$kernel" "$work/boot"
rm -rf "${root:?}"/boot/* "$root"/usr/lib/linux-image-* "$root"/usr/lib/raspi-firmware
mkdir "$root/boot/firmware"

parts=$work/parts
mkdir "$parts"
"$assemble/squashfs.sh" "$root" "$parts/root.squashfs"
"$assemble/$layout.sh" "$work/boot" "$parts" "$work/image.img"

mv "$work/image.img" "$output/$name.img"
echo "$output/$name.img"
