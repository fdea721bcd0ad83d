#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/debian/tryboot/build.sh ROOT: puts the module stagebox_tryboot into ROOT, built for the kernel there.
#
# The kernel's headers come from the mirrors that the kernel came from. Of what is needed to build, this machine has the
# compiler; modpost comes with the headers, built against Debian's newest C library, which comes along and is used for
# nothing else. The module is kept by the kernel and the source that it is made of.
#
# Needs gcc-aarch64-linux-gnu, make, dpkg and apt. Where the mirrors have no headers of that kernel any more, it fails:
# an image without the module is whole, but cannot be updated as a whole on a Raspberry Pi, and says so.
set -euo pipefail
root=$1
here=$(dirname "$(realpath "$0")")
cache=${STAGEBOX_CACHE:-$HOME/.cache/stagebox}/image
mirror=${STAGEBOX_MIRROR:-http://deb.debian.org/debian}
security=${STAGEBOX_SECURITY_MIRROR:-$mirror-security}
suite=trixie

kernel=$(basename "$root"/usr/lib/modules/*)
version=${kernel%-arm64*}
hash=$(sed '/^ *\/\//d' "$here/stagebox_tryboot.c" | cat - "$0" | sha256sum | head -c 16)
module=$cache/tryboot-$kernel-$hash.ko

# fetch FOLDER PACKAGE...: packages unpacked, whatever this machine's own Debian is.
fetch() {
  local folder=$1 own
  own=$(dpkg --print-architecture)
  shift
  mkdir -p "$folder"/apt/{lists/partial,archives/partial}
  printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s main\n' \
    "$mirror $suite" "$mirror $suite-backports" "$security $suite-security" >"$folder/apt/sources.list"
  local options=(-qq -o "Dir::Etc::SourceList=$folder/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o "Dir::State::Lists=$folder/apt/lists" -o "Dir::Cache=$folder/apt" -o Dir::State::Status=/dev/null
    -o "APT::Architecture=$own" -o APT::Architectures::=arm64 -o APT::Sandbox::User=root)
  apt-get "${options[@]}" update >&2
  (cd "$folder/apt" && apt-get "${options[@]}" download "$@" >&2)
  for package in "$folder"/apt/*.deb; do dpkg -x "$package" "$folder"; done
}

build() {
  local work=$1 own headers modpost libraries loader
  own=$(dpkg --print-architecture)
  fetch "$work" "linux-headers-$kernel:arm64" "linux-headers-$version-common" "linux-kbuild-$version:$own" "libc6:$own"
  headers=$work/usr/src/linux-headers-$kernel
  # They expect to lie in /usr.
  sed -i "s| /usr/| $work/usr/|" "$headers/Makefile"
  modpost=$work/usr/lib/linux-kbuild-$version/scripts/mod/modpost
  loader=$(echo "$work"/usr/lib/*/ld-linux-*.so.*)
  libraries=$(dirname "$loader")
  printf '#!/bin/sh\nexec "%s" --library-path "%s" "%s" "$@"\n' "$loader" "$libraries" "$modpost.real-lsb-64" >"$modpost"

  mkdir "$work/module"
  cp "$here/stagebox_tryboot.c" "$work/module/"
  echo 'obj-m := stagebox_tryboot.o' >"$work/module/Makefile"
  # Without what an older compiler than the kernel's does not know, and type information that nobody asks for.
  make -s -C "$headers" "M=$work/module" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- CC=aarch64-linux-gnu-gcc \
    CONFIG_CC_HAS_MIN_FUNCTION_ALIGNMENT= CONFIG_DEBUG_INFO_BTF_MODULES= \
    "KCFLAGS=-ffile-prefix-map=$work=." modules >&2
  aarch64-linux-gnu-strip --strip-debug "$work/module/stagebox_tryboot.ko"
  mv "$work/module/stagebox_tryboot.ko" "$module"
}

if [[ ! -f $module ]]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  mkdir -p "$cache"
  build "$work"
fi
install -D -m 644 "$module" "$root/usr/lib/modules/$kernel/extra/stagebox_tryboot.ko"
mkdir -p "$root/etc/modules-load.d"
echo stagebox_tryboot >"$root/etc/modules-load.d/stagebox-tryboot.conf"
chroot "$root" depmod "$kernel"
