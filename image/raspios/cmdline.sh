#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# image/raspios/cmdline.sh ARGUMENT... < cmdline.txt: the official kernel command line with ours on it.
#
# Taken out: what grows the root and asks questions at the first boot (init=, resize, systemd.run*, cloud-init's ds=),
# what makes the root writable (rw), and earlier values of what is given. Everything else stays, above all root=.
set -eu

tr -s ' \r\n\t' '\n' | {
  kept=
  while IFS= read -r word; do
    case $word in
      '' | init=* | resize | rw | ro | systemd.run* | systemd.unit=kernel-command-line.target | ds=* | quiet | splash) continue ;;
    esac
    for ours; do [ "${ours%%=*}" != "${word%%=*}" ] || [ "$word" = "${word%%=*}" ] || continue 2; done
    kept="$kept$word "
  done
  case " $kept" in
    *' root='*) ;;
    *)
      echo 'cmdline.txt names no root=' >&2
      exit 1
      ;;
  esac
  printf '%s%s\n' "$kept" "ro $*"
}
