#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# image/assemble/app.sh EXECUTABLE FOLDER: lays out what is ours below FOLDER as it lies in /opt/stagebox: the
# executable, and the first-party plugins with their libraries for arm64.
set -euo pipefail
executable=$1 folder=$2
repository=$(dirname "$(realpath "$0")")/../..
cd "$repository"

mkdir -p "$folder/bin" "$folder/plugins"
cp "$executable" "$folder/bin/stagebox"
chmod 755 "$folder/bin/stagebox"
sed -n 's/^  "version": "\(.*\)",$/\1/p' package.json >"$folder/VERSION"

for manifest in plugins/*/plugin.toml; do
  plugin=$(dirname "$manifest")
  # The image holds no FFTW: its licence would be the image's, and the built-in transforms do without.
  [[ $plugin != plugins/fftw-backend ]] || continue
  PATH=$PWD/node_modules/.bin:$PATH bun src/main.ts plugin build "$plugin" --target aarch64-linux-gnu >&2
  mkdir -p "$folder/$plugin"
  tar -C "$plugin" --exclude=./bin --exclude=./src --exclude=./test -cf - . | tar -C "$folder/$plugin" -xf - --no-same-owner
  [[ ! -d $plugin/bin/aarch64-linux-gnu ]] || install -D -t "$folder/$plugin/bin/aarch64-linux-gnu" "$plugin"/bin/aarch64-linux-gnu/*
done
