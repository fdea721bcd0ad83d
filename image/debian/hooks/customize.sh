#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Run by mmdebstrap when every package is installed: makes the initial RAM disk, once, and removes what would differ
# between two builds or two boxes.
# SUITE: Debian's; IMAGE_DEBIAN: image/debian
set -eu
root=$1

cp "$IMAGE_DEBIAN/modules" "$root/etc/initramfs-tools/modules"
cp "$IMAGE_DEBIAN/initramfs-hook" "$root/etc/initramfs-tools/hooks/stagebox"
mkdir -p "$root/etc/initramfs-tools/conf.d"
printf 'MODULES=list\nCOMPRESS=zstd\nFSTYPE=squashfs,ext4\nRESUME=none\n' >"$root/etc/initramfs-tools/conf.d/stagebox"
kernel=$(basename "$root"/usr/lib/modules/*)
chroot "$root" mkinitramfs -o "/boot/initrd.img-$kernel" "$kernel"

# Each box makes its own.
rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed"
: >"$root/etc/machine-id"
# Those of the machine that builds: its resolver, its names, and where it has its packages from.
rm -f "$root/etc/hostname" "$root/etc/hosts"
ln -sfn ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
rm -f "$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap
for archive in "debian $SUITE" "debian $SUITE-updates" "debian-security $SUITE-security"; do
  echo "deb http://deb.debian.org/$archive main non-free-firmware"
done >"$root/etc/apt/sources.list"

rm -rf "$root"/var/cache/* "$root"/var/lib/apt/lists/* "$root"/boot/firmware "$root"/var/log/* "$root"/var/lib/dpkg/*-old
mkdir -p "$root/boot/firmware" "$root/data"
