# SPDX-License-Identifier: Apache-2.0
#
#   docker build --target executables --output dist .    dist/stagebox and dist/stagebox-linux-arm64
#   docker build --tag stagebox .                        a container that runs the service

FROM debian:bookworm-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates npm
WORKDIR /stagebox
COPY . .
RUN npm run build

FROM scratch AS executables
COPY --from=build /stagebox/dist/stagebox /stagebox/dist/stagebox-linux-arm64 /

FROM debian:bookworm-slim AS service
RUN useradd --system --create-home stagebox
COPY --from=build /stagebox/dist/stagebox /usr/local/bin/
USER stagebox
WORKDIR /home/stagebox
ENTRYPOINT ["stagebox"]
CMD ["run"]
