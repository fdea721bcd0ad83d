#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/raspios/build.sh FILE.img[.xz] SHA256 APP WORK OUTPUT: the layers, and the application laid out in APP, in a copy
# of an official Raspberry Pi OS Lite image (64-bit). Prints the path of the image. SHA256 is the file's, or empty.
#
# Files and links alone: no package is installed, nothing of the image is run, nothing is mounted. mtools and debugfs
# reach into the copy; the given file is only read. A wrong image is refused before anything is laid out, with
# everything that is wrong with it.
set -euo pipefail
given=$1 sha256=$2 app=$3 work=$4/raspios output=$5/stagebox-raspios.img
here=$(dirname "$(realpath "$0")")
root=$(realpath "$here/../..")
layers=$root/image/layers
bun=$root/node_modules/bun/bin/bun.exe
data_megabytes=64 # grown to the card's end at first boot
align=$((4 << 20))
export SOURCE_DATE_EPOCH MTOOLS_SKIP_CHECK=1 LC_ALL=C TZ=UTC

mkdir -p "$work" "$(dirname "$output")"
image=$work/image
problems=$work/problems
: >"$problems"

command -v systemd-sysusers >/dev/null || {
  echo "systemd-sysusers is missing, which writes the users; install systemd or systemd-standalone-sysusers" >&2
  exit 1
}

# Of the file as it was downloaded: that is what the site's checksum is of.
if [[ -n $sha256 ]]; then
  found=$(sha256sum <"$given" | cut -d' ' -f1)
  [[ $found == "${sha256,,}" ]] || echo "its SHA-256 is $found, not ${sha256,,}: download it again" >>"$problems"
fi

case $(head -c 6 "$given" | od -An -tx1 | tr -d ' ') in
  fd377a585a00)
    xz -dc --threads=0 "$given" >"$image" 2>"$work/xz" ||
      echo "it cannot be unpacked ($(sed 's/.*: //' "$work/xz")): download it again" >>"$problems"
    ;;
  *) cp --sparse=always "$given" "$image" ;;
esac

# What the layers take, one part in eight more for the ext4's own books, and some air.
layer_bytes=$(($(du -sbc "$app" "$layers"/*/files 2>/dev/null | tail -1 | cut -f1) * 9 / 8 + (8 << 20)))
grep -q 'cannot be unpacked' "$problems" ||
  "$bun" "$here/inspect.ts" "$image" "$layer_bytes" >"$work/facts" 2>>"$problems" || true
if [[ -s $problems ]]; then
  echo "$given cannot be taken:" >&2
  sed 's/^/  /' "$problems" >&2
  exit 1
fi
boot_start='' root_start='' root_end='' disk_id='' system=''
# shellcheck source=/dev/null # written by inspect.ts
source "$work/facts"
echo "$given: $system" >&2
fat() { local what=$1 && shift && "m$what" -i "$image@@$boot_start" "$@"; }
from_root() { debugfs -R "cat $1" "$image?offset=$root_start" 2>/dev/null; }
lacking=$(comm -23 <(cat "$layers"/*/packages 2>/dev/null | sed 's/#.*//; s/[[:space:]]//g; /^$/d' | sort -u) \
  <(from_root /var/lib/dpkg/status | awk '/^Package:/ { name = $2 } /^Status: install ok installed/ { print name }' | sort -u) | xargs)
[[ -z $lacking ]] || echo "not in it, so that NetworkManager and avahi do their work, or nobody: $lacking" >&2

# --- the root -------------------------------------------------------------------------------------------------------

# The layers are laid over the units of the image, since they start and stop some of those too. What comes out as it went
# in is not written again, and what is gone is taken out.
own=$work/image-own layer=$work/layer
for units in usr/lib/systemd etc/systemd; do
  mkdir -p "$own/$units" "$layer/$units"
  debugfs -R "rdump /$units/system $own/$units" "$image?offset=$root_start" >"$work/rdump" 2>&1
done
cp -a "$own/." "$layer"
"$root/image/assemble/layers.sh" "$layer" "$app" raspios raspios
cp -a "$here/files/." "$layer"
(cd "$own" && find . ! -type d -print0) | while IFS= read -r -d '' path; do
  if [[ ! -e $layer/$path && ! -L $layer/$path ]]; then
    echo "/${path#./}" >>"$work/removed"
  elif [[ $(readlink "$own/$path") == "$(readlink "$layer/$path")" ]] && { [[ -L $own/$path ]] || cmp -s "$own/$path" "$layer/$path"; }; then
    rm "$layer/$path"
  fi
done
sed 's/#.*//; /^[[:space:]]*$/d' "$here/masked" | while read -r unit; do
  ln -sfn /dev/null "$layer/etc/systemd/system/$unit"
done

# The layers mount what there is: the overlay over the root, the data, and the FAT, which has another name here.
from_root /etc/fstab | awk '/^#/ || ($2 != "/" && $2 != "/data" && $2 != "/boot/firmware")' >"$layer/etc/fstab"
mkdir -p "$layer/etc/systemd/system/boot-firmware.mount.d"
printf '[Mount]\nWhat=/dev/disk/by-partuuid/%s-01\n' "$disk_id" >"$layer/etc/systemd/system/boot-firmware.mount.d/raspios.conf"

# Users that the layers declare, with the numbers that what lies on /data belongs to: as text, no program of the image
# runs.
if [[ -d $layer/usr/lib/sysusers.d ]]; then
  users=$work/users
  mkdir -p "$users/etc" "$users/usr/lib"
  cp -a "$layer/usr/lib/sysusers.d" "$users/usr/lib"
  for file in passwd group shadow gshadow; do from_root "/etc/$file" >"$users/etc/$file"; done
  systemd-sysusers --root="$users" >&2
  for file in passwd group; do install -m 644 "$users/etc/$file" "$layer/etc/$file"; done
  # Their group is shadow's in Debian; root's alone may read them here, and whoever asks for a password is root.
  for file in shadow gshadow; do install -m 600 "$users/etc/$file" "$layer/etc/$file"; done
fi
touch "$work/removed"
"$here/write-root.sh" "$image" "$root_start" "$layer" "$work/removed"

# --- the boot partition ---------------------------------------------------------------------------------------------

"$root/image/assemble/firmware.sh" "$work/firmware"
read -ra arguments < <(find "$layers" -name cmdline -exec cat {} + | sort | sed 's/#.*//' | xargs)
fat type ::cmdline.txt | "$here/cmdline.sh" "${arguments[@]}" >"$work/firmware/cmdline.txt"
{
  fat type ::config.txt | tr -d '\r'
  for file in "$layers"/*/config.txt; do
    if [[ -f $file ]]; then printf '\n[all]\n' && cat "$file"; fi
  done
} >"$work/firmware/config.txt"
"$root/image/boards/reserve.sh" "$work/firmware/config.txt"
find "$work/firmware" -exec touch -d "@$SOURCE_DATE_EPOCH" {} +
fat copy -o -m -s "$work/firmware"/* ::
# Whoever has set up the card with the official tools sees that it does not count any more.
for name in user-data meta-data network-config custom.toml firstrun.sh; do fat del "::$name" 2>/dev/null || true; done

# --- the data partition ---------------------------------------------------------------------------------------------

data_start=$(((root_end + align - 1) / align * align))
"$root/image/assemble/data.sh" "$work/data.ext4" "$data_megabytes"
truncate -s $((data_start + (data_megabytes << 20))) "$image"
sfdisk --quiet --append --no-reread "$image" <<<"start=$((data_start / 512)), size=$((data_megabytes * 2048)), type=83" >&2
dd if="$work/data.ext4" of="$image" bs=4M oflag=seek_bytes seek="$data_start" conv=notrunc,sparse status=none

mv "$image" "$output"
echo "$output"
