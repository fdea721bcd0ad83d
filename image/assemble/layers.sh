#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/assemble/layers.sh ROOT APP LAYOUT BASE: lays the layer and the application over a root file system. The same
# for every base: files and links alone, nothing is installed and nothing of ROOT is run.
#
# A layer is a folder of image/layers, one a concern; all of it is optional:
#   files/      laid over the root as it lies there
#   enable      units to start, one a line, by the [Install] section of each
#   disable     units that the base starts and this does not, though something else may
#   mask        units that shall never start
#   packages    Debian packages it needs; raspios has them, or the concern does without
#   firmware/   files for the FAT partition that people edit
#   cmdline     words for the kernel's command line
#   config.txt  lines for the boot loader's
#
# STAGEBOX_UPDATE_KEYS: public keys, a file a line, whose updates the box accepts.
set -euo pipefail
root=$1 app=$2 layout=$3 base=$4
layers=$(dirname "$(realpath "$0")")/../layers
units=$root/etc/systemd/system

# words FILE: what stands in it, without comments, a line each.
words() { sed 's/#.*//; s/[[:space:]]*$//; /^$/d' "$1"; }

# enable UNIT FILE: the links that `systemctl enable` would make, where there is no systemctl. FILE is who asks.
enable() {
  local unit=$1 file='' kind target place
  for place in etc usr/lib lib; do
    if [[ -e $root/$place/systemd/system/$unit ]]; then file=/$place/systemd/system/$unit && break; fi
  done
  if [[ -z $file ]]; then
    # What another base brings; ours are everywhere.
    [[ $base != raspios || $unit == stagebox* ]] || return 0
    echo "$2 enables $unit, which is nowhere in the image" >&2
    return 1
  fi
  local found=''
  while IFS='=' read -r kind target; do
    for target in $target; do
      found=yes
      case $kind in
        WantedBy) mkdir -p "$units/$target.wants" && ln -sf "$file" "$units/$target.wants/$unit" ;;
        RequiredBy) mkdir -p "$units/$target.requires" && ln -sf "$file" "$units/$target.requires/$unit" ;;
        Alias) ln -sf "$file" "$units/$target" ;;
        Also) [[ -e $root$(dirname "$file")/$target ]] && enable "$target" "$2" ;;
      esac
    done
  done < <(sed -n '/^\[Install\]/,$ { /^\(WantedBy\|RequiredBy\|Alias\|Also\)=/p }' "$root$file")
  [[ -n $found ]] || { echo "$2 enables $unit, whose [Install] says nothing" >&2 && return 1; }
}

# Links in the root (/lib, /bin) stay links. tar replaces a file, which is shared with the cached base, and never writes
# into it.
for layer in "$layers"/*/; do
  if [[ -d $layer/files ]]; then
    tar -C "$layer/files" --owner=0 --group=0 --numeric-owner --mode=u+rwX,go+rX,go-w -cf - . |
      tar -C "$root" --keep-directory-symlink --no-overwrite-dir -xpf -
  fi
done
mkdir -p "$root/opt/stagebox" "$root/data" "$root/boot/firmware" "$root/usr/lib/stagebox"
cp -a --no-preserve=ownership "$app/." "$root/opt/stagebox/"
while read -r key; do
  [[ -z $key ]] || install -D -m 644 -t "$root/usr/share/stagebox/update-keys" "$key"
done <<<"${STAGEBOX_UPDATE_KEYS-}"

mkdir -p "$units"
for layer in "$layers"/*/; do
  if [[ -f $layer/enable ]]; then for unit in $(words "$layer/enable"); do enable "$unit" "${layer}enable"; done; fi
  if [[ -f $layer/disable ]]; then for unit in $(words "$layer/disable"); do find "$units" -name "$unit" -type l -delete; done; fi
  if [[ -f $layer/mask ]]; then for unit in $(words "$layer/mask"); do ln -sfn /dev/null "$units/$unit"; done; fi
done

# The same for the same content, whenever it was made: the layer, and the packages by their versions.
content=(etc opt usr/lib/stagebox)
[[ ! -f $root/var/lib/dpkg/status ]] || content+=(var/lib/dpkg/status)
build=$(cd "$root" && find "${content[@]}" -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | head -c 16)
printf '{"layout":"%s","base":"%s","version":"%s","build":"%s","arch":"arm64"}\n' \
  "$layout" "$base" "$(cat "$app/VERSION")" "$build" >"$root/usr/lib/stagebox/image.json"
