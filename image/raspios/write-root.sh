#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/raspios/write-root.sh IMAGE OFFSET FOLDER REMOVED: copies a folder into the ext4 that begins at a byte of an image
# file, and takes out what the file REMOVED lists, a path a line.
#
# By debugfs, not by a loop device: no root, no mount, no kernel driver, and the times are those that are asked for.
# Everything becomes root's; who else a file belongs to is systemd-tmpfiles' affair, at every boot.
set -euo pipefail
image=$(realpath "$1") offset=$2 folder=$3 removed=$(realpath "$4")
requests=$(mktemp)
trap 'rm -f "$requests" "$requests".*' EXIT

# A name with a quotation mark or a line break would be another request.
if find "$folder" -name '*"*' -o -name $'*\n*' | grep -q .; then
  echo "image/raspios/write-root.sh: names with quotation marks or line breaks cannot be written" >&2
  exit 1
fi

# Debian's /lib, /bin, /sbin are links into /usr: what is laid through the link would replace it.
for link in bin lib sbin; do
  if [[ -e $folder/$link ]]; then
    echo "$folder/$link: lay it below usr/$link, /$link is a link" >&2
    exit 1
  fi
done

cd "$folder"
find . -mindepth 1 -printf 'stat "/%P"\n' >"$requests"
debugfs -f "$requests" "$image?offset=$offset" 2>/dev/null |
  sed -n 's/^debugfs: stat "\(.*\)"$/\1/; t hold; /^Inode:/ { x; p; x }; b; :hold; h' >"$requests.there"
declare -A there=()
while IFS= read -r path; do there[$path]=yes; done <"$requests.there"

while IFS= read -r -d '' path; do
  to=/${path#./}
  mode=$(stat -c %a "$path")
  if [[ -L $path ]]; then
    [[ -z ${there[$to]-} ]] || echo "rm \"$to\""
    echo "symlink \"$to\" \"$(readlink "$path")\""
  elif [[ -d $path ]]; then
    [[ -z ${there[$to]-} ]] || continue
    echo "mkdir \"$to\""
    echo "set_inode_field \"$to\" mode 04$(printf %04d "$mode")"
  else
    [[ -z ${there[$to]-} ]] || echo "rm \"$to\""
    echo "write \"$path\" \"$to\""
    echo "set_inode_field \"$to\" mode 010$(printf %04d "$mode")"
    echo "set_inode_field \"$to\" uid 0"
    echo "set_inode_field \"$to\" gid 0"
  fi
done < <(find . -mindepth 1 -print0 | LC_ALL=C sort -z) >"$requests"
sed 's/.*/rm "&"/' "$removed" >>"$requests"

E2FSPROGS_FAKE_TIME=${SOURCE_DATE_EPOCH:?} debugfs -w -f "$requests" "$image?offset=$offset" >"$requests.out" 2>&1
# It ends with 0 whatever happens: its words are all there is to go by.
if grep -vE '^debugfs|^Allocated inode|^$' "$requests.out" >&2; then exit 1; fi
e2fsck -fn "$image?offset=$offset" >"$requests.out" 2>&1 || {
  cat "$requests.out" >&2
  exit 1
}
