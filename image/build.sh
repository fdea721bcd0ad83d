#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# The card image: a base, the layer of small files laid over it, and the two packed as a disk. Each step is a program
# of its own beside this one; what it needs and what it gives stands at its head. Nothing of it needs a device: FAT is
# written by mtools, ext4 by mke2fs -d, partition tables by sfdisk on plain files. Root is needed for the base (a chroot)
# and because the files of a root file system belong to several users.
set -euo pipefail

usage() {
  cat <<'END'
image/build.sh --base debian [options]            an image made from Debian's packages
image/build.sh --base raspios FILE.img[.xz]       the same layer in an official Raspberry Pi OS Lite image

  --layout ab|simple          ab has two slots, for updates of the whole image (Pi 4 and later); simple has one, and
                              starts on a Pi 3 and Zero 2 W too (default: ab; with raspios its own)
  --kernel stable|backports   backports has the Pi 5's Ethernet and USB; experimental (default: stable)
  --executable FILE           the service for arm64 (default: dist/stagebox-linux-arm64, built if it is out of date)
  --update-key FILE           the public half of a key whose updates the box accepts (`stagebox bundle key`); as often as
                              there are keys. Without any it accepts none
  --output FOLDER             where the image goes (default: dist/image)
  --compress                  writes .img.xz and its SHA-256 too: some minutes
  --sha256 SUM                what FILE.img[.xz] must have
  --help

STAGEBOX_CACHE (~/.cache/stagebox) keeps the base between builds. STAGEBOX_MIRROR and STAGEBOX_SECURITY_MIRROR are where
Debian's packages come from. SOURCE_DATE_EPOCH (the commit's time) is the date of all files. STAGEBOX_URL is the folder on
the web where the image will lie, for Raspberry Pi Imager; without it, where it lies here.
END
}

image=$(dirname "$(realpath "$0")")
repository=$(dirname "$image")

declare -A given=([--kernel]=stable [--output]=$repository/dist/image)
inputs=() keys=() problems=()
while (($# > 0)); do
  case $1 in
    --help) usage && exit ;;
    --compress) given[$1]=yes ;;
    --base | --layout | --kernel | --executable | --update-key | --output | --sha256)
      if (($# == 1)) || [[ -z $2 || $2 == --* ]]; then
        problems+=("$1 wants a value behind it")
      else
        # Some steps work in folders of their own, from where a path means another file.
        case $1 in
          --update-key) keys+=("$(realpath -m -- "$2")") ;;
          --executable | --output) given[$1]=$(realpath -m -- "$2") ;;
          *) given[$1]=$2 ;;
        esac
        shift
      fi
      ;;
    -*) problems+=("$1 is not an option") ;;
    *) inputs+=("$1") ;;
  esac
  shift
done

# one_of OPTION ALLOWED...: a problem if the option was given and is none of those.
one_of() {
  local option=$1 value=${given[$1]-}
  shift
  [[ -z $value || " $* " == *" $value "* ]] || problems+=("$option $value is not known; give one of: $*")
}
one_of --base debian raspios
one_of --layout ab simple
one_of --kernel stable backports
base=${given[--base]-} executable=${given[--executable]-} sum=${given[--sha256]-}
[[ -n $base || ${problems[*]-} == *--base* ]] || problems+=("--base is missing; give debian or raspios")
[[ -z $executable || -f $executable ]] || problems+=("--executable $executable: there is no such file")
[[ -z $sum || $sum =~ ^[0-9a-fA-F]{64}$ ]] || problems+=("--sha256 $sum is not 64 hexadecimal digits")
# An ed25519 key has one beginning as PEM.
for key in "${keys[@]}"; do
  [[ -f $key ]] || { problems+=("--update-key $key: there is no such file") && continue; }
  grep -q '^MCowBQYDK2VwAyEA' "$key" || problems+=("--update-key $key holds no public ed25519 key; give the half that \`stagebox bundle key\` calls public")
done
if [[ $base == raspios ]]; then
  ((${#inputs[@]} == 1)) || problems+=("--base raspios wants one FILE.img or FILE.img.xz, and ${#inputs[@]} were given")
  for file in "${inputs[@]}"; do
    [[ -f $file ]] || problems+=("$file: there is no such file; download Raspberry Pi OS Lite (64-bit) from raspberrypi.com/software")
  done
  [[ -z ${given[--layout]-} ]] || problems+=("--layout does not go with --base raspios, which keeps its own")
elif [[ $base == debian ]]; then
  ((${#inputs[@]} == 0)) || problems+=("--base debian takes no file, and was given: ${inputs[*]}")
  [[ -z $sum ]] || problems+=("--sha256 goes with --base raspios")
fi
if ((${#problems[@]} > 0)); then
  printf '%s\n' "${problems[@]}" "image/build.sh --help shows what can be given" >&2
  exit 2
fi
if ((EUID != 0)); then
  echo "image/build.sh must run as root: it makes a file system whose files belong to several users" >&2
  exit 1
fi

# Sorting, dates and modes are the same wherever this runs.
export LC_ALL=C TZ=UTC
umask 022
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$repository" log -1 --format=%ct 2>/dev/null || stat -c %Y "$repository/package.json")}
export SOURCE_DATE_EPOCH
# What tools leave behind in sbin is not on everybody's path.
PATH=$PATH:/usr/sbin:/sbin

needs="import('$repository/scripts/setup.mjs').then((setup) => setup.requireDebianPackages(setup.imagePackages))"
node --input-type=module --eval "$needs" >&2

if [[ -z $executable ]]; then
  executable=$repository/dist/stagebox-linux-arm64
  sources=(src native plugins pipelines scripts/build.mjs package.json)
  built=(-path native/build -o -path 'plugins/*/bin')
  if [[ ! -f $executable || -n $(cd "$repository" && find "${sources[@]}" \( "${built[@]}" \) -prune -o -newer "$executable" -type f -print -quit) ]]; then
    (cd "$repository" && node scripts/build.mjs) >&2
  fi
fi

STAGEBOX_UPDATE_KEYS=$(printf '%s\n' "${keys[@]}")
export STAGEBOX_UPDATE_KEYS
output=${given[--output]}
mkdir -p "$output"
work=$(mktemp -d "$output/.making.XXXXXX")
trap 'rm -rf --one-file-system "$work"' EXIT
"$image/assemble/app.sh" "$executable" "$work/app"
case $base in
  debian) "$image/debian/build.sh" "${given[--kernel]}" "${given[--layout]:-ab}" "$work/app" "$work" "$output" ;;
  raspios) "$image/raspios/build.sh" "${inputs[0]}" "$sum" "$work/app" "$work" "$output" ;;
esac | while read -r made; do
  if [[ -n ${given[--compress]-} ]]; then "$image/assemble/compress.sh" "$made"; fi
  "$image/supply/supply.sh" "$made"
  echo "$made"
done
