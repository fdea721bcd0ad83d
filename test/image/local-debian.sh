#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# test/image/local-debian.sh NAME: a base image of bookworm's minimal system under NAME in buildah's own store, for machines that
# reach Debian's mirrors and no registry of images. Kept: the next call finds it.
set -euo pipefail
name=$1
if buildah images --quiet "$name" 2>/dev/null | grep -q .; then exit; fi
folder=$(mktemp -d)
trap 'rm -rf --one-file-system "$folder"' EXIT
chmod 755 "$folder"
debootstrap --variant=minbase bookworm "$folder" "${STAGEBOX_MIRROR:-http://deb.debian.org/debian}" >&2
rm -rf "$folder"/var/cache/apt/archives/*.deb
container=$(buildah from scratch)
buildah add --quiet "$container" "$folder" / >&2
buildah config --cmd /bin/bash "$container"
buildah commit --quiet --rm "$container" "$name" >&2
