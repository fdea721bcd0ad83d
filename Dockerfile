# SPDX-License-Identifier: Apache-2.0
#
#   docker build --target executables --output dist .    dist/stagebox and dist/stagebox-linux-arm64
#   docker build --target image --output dist .          these, and dist/image with the card image and its papers
#   docker build --tag stagebox .                        a container that runs the service on a server or a laptop
#
# Each from a plain Debian. The card image is made in a chroot of another processor's: its builder needs binfmt for
# aarch64 (on Debian the package qemu-user-static) and the right to mount, as with `buildah build --cap-add SYS_ADMIN`.
# What it fetched is kept in a cache, the root file system for arm64 above all, which takes minutes.

ARG DEBIAN=debian:bookworm-slim

FROM ${DEBIAN} AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates npm
WORKDIR /stagebox
COPY . .
RUN npm run build

FROM scratch AS executables
COPY --from=build /stagebox/dist/stagebox /stagebox/dist/stagebox-linux-arm64 /

FROM build AS card
RUN node --eval "import('./scripts/setup.mjs').then((it) => it.requireDebianPackages(it.imagePackages))"
ARG SOURCE_DATE_EPOCH
ARG LAYOUT=ab
ARG KERNEL=stable
ARG STAGEBOX_MIRROR
ARG STAGEBOX_SECURITY_MIRROR
# The folder on the web where the image will lie: Raspberry Pi Imager's manifest names it, and this build's own means nothing outside.
ARG STAGEBOX_URL=https://stagebox.invalid
RUN --mount=type=cache,target=/root/.cache/stagebox \
  image/build.sh --base debian --layout "$LAYOUT" --kernel "$KERNEL" --executable dist/stagebox-linux-arm64 --compress

FROM scratch AS image
COPY --from=executables / /
COPY --from=card /stagebox/dist/image /image

FROM ${DEBIAN} AS service
RUN useradd --system --create-home stagebox
COPY --from=build /stagebox/dist/stagebox /usr/local/bin/
USER stagebox
WORKDIR /home/stagebox
EXPOSE 8080
ENTRYPOINT ["stagebox"]
CMD ["run"]
