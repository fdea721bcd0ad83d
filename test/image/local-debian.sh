#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test/image/local-debian.sh NAME: bookworm's minimal system as an image called NAME in buildah's own store, for machines
# that reach Debian's mirrors and no registry of images. It is kept: the next call finds it. How this machine reaches the
# mirrors (its options for apt and npm, its certificates) is in it, so that the Dockerfile need not know.
set -euo pipefail
name=$1
if buildah images --quiet "$name" 2>/dev/null | grep -q .; then exit; fi
folder=$(mktemp -d)
trap 'rm -rf --one-file-system "$folder"' EXIT
chmod 755 "$folder"
debootstrap --variant=minbase bookworm "$folder" "${STAGEBOX_MIRROR:-http://deb.debian.org/debian}" >&2
rm -rf "$folder"/var/cache/apt/archives/*.deb
for path in /etc/apt/apt.conf.d /etc/apt/auth.conf.d /etc/npmrc /usr/local/share/ca-certificates; do
  if [[ -e $path ]]; then mkdir -p "$folder$(dirname "$path")" && cp -a "$path" "$folder$(dirname "$path")/"; fi
done
container=$(buildah from scratch)
buildah add --quiet "$container" "$folder" / >&2
buildah config --cmd /bin/bash "$container"
buildah commit --quiet --rm "$container" "$name" >&2
