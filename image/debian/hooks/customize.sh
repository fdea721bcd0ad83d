#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Run by mmdebstrap when every package is installed: makes the initial RAM disk, once, and removes what would differ
# between two builds or two boxes.
# MODULES: the list of the kernel modules that it must have
set -eu
root=$1

cp "$MODULES" "$root/etc/initramfs-tools/modules"
mkdir -p "$root/etc/initramfs-tools/conf.d"
printf 'MODULES=list\nCOMPRESS=zstd\nFSTYPE=squashfs,ext4\nRESUME=none\n' >"$root/etc/initramfs-tools/conf.d/stagebox"
kernel=$(basename "$root"/usr/lib/modules/*)
chroot "$root" mkinitramfs -o "/boot/initrd.img-$kernel" "$kernel"

# Each box makes its own.
rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed"
: >"$root/etc/machine-id"
# The resolver of the machine that builds.
rm -f "$root/etc/resolv.conf" "$root/etc/hostname" "$root/etc/hosts"

rm -rf "$root"/var/cache/* "$root"/var/lib/apt/lists/* "$root"/boot/firmware "$root"/var/log/*
rm -f "$root"/etc/apt/apt.conf.d/99mmdebstrap "$root"/etc/dpkg/dpkg.cfg.d/99mmdebstrap "$root"/var/lib/dpkg/*-old
mkdir -p "$root/var/cache" "$root/boot/firmware" "$root/data"
