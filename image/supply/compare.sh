#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/supply/compare.sh A.img B.img: are two card images the same? If not, it names what differs: the partition table,
# each partition, and within one each file, by its content, mode, owner, time or link. Ends with 1 if anything does.
set -euo pipefail
a=$(realpath "$1") b=$(realpath "$2")
export MTOOLS_SKIP_CHECK=1 LC_ALL=C TZ=UTC

if cmp -s "$a" "$b"; then
  echo "identical: $(sha256sum <"$a" | cut -d' ' -f1)"
  exit
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# list FOLDER: a line for each file, with all of it that an image keeps.
list() {
  (cd "$1" && find . -mindepth 1 \( -type f -printf '%P\t' -exec sha256sum --zero {} \; -printf '\t%M %U:%G %s bytes %TY-%Tm-%Td %TT\n' \) \
    -o \( ! -type f -printf '%P\t%y %l\t%M %U:%G\n' \) | tr -d '\0' | sed 's/  \.\/[^\t]*//' | sort)
}

# files OFFSET FOLDER IMAGE: what a partition holds, whatever its file system.
files() {
  local offset=$1 folder=$2 image=$3
  mkdir -p "$folder"
  if [[ $(tail -c +$((offset + 1)) "$image" | head -c 4) == hsqs ]]; then
    unsquashfs -q -n -f -o "$offset" -d "$folder" "$image" >/dev/null 2>&1 || true
  elif [[ $(od -An -tx1 -j $((offset + 1080)) -N 2 "$image" | tr -d ' ') == 53ef ]]; then
    debugfs -R "rdump / $folder" "$image?offset=$offset" >/dev/null 2>&1
  else
    mcopy -s -p -m -n -i "$image@@$offset" :: "$folder" >/dev/null 2>&1 || true
  fi
}

differences=
for side in a b; do sfdisk --dump "${!side}" | sed "/^device:/d; s,^${!side},partition ," >"$work/table.$side"; done
diff "$work/table.a" "$work/table.b" >"$work/table" || {
  differences=yes
  echo 'the partition tables differ:'
  sed -n 's/^[<>]/  &/p' "$work/table"
}

partitions() { sfdisk -l -q -o Start,Sectors "$1" | tail -n +2; }
mapfile -t of_a < <(partitions "$a")
mapfile -t of_b < <(partitions "$b")
for i in "${!of_a[@]}"; do
  read -r start_a sectors_a <<<"${of_a[i]}"
  read -r start_b sectors_b <<<"${of_b[i]:-0 0}"
  part=$work/part
  mkdir -p "$part"
  # A window onto each: nothing is copied but what is compared.
  if cmp -s -n $((sectors_a * 512)) -i $((start_a * 512)):$((start_b * 512)) "$a" "$b" && ((sectors_a == sectors_b)); then
    echo "partition $((i + 1)): identical"
    continue
  fi
  differences=yes
  files $((start_a * 512)) "$part/a" "$a"
  files $((start_b * 512)) "$part/b" "$b"
  list "$part/a" >"$part.a"
  list "$part/b" >"$part.b"
  if diff "$part.a" "$part.b" >"$part.difference"; then
    echo "partition $((i + 1)): the same files, laid out otherwise"
  else
    echo "partition $((i + 1)): $(sed -n 's/^[<>] \([^\t]*\)\t.*/\1/p' "$part.difference" | sort -u | wc -l) files differ:"
    sed -n 's/^\([<>]\) /  \1 /p' "$part.difference" | expand -t 2
  fi
  rm -rf "$part"
done
[[ -n $differences ]] || echo 'what lies outside of the partitions differs'
exit 1
