// SPDX-License-Identifier: Apache-2.0
export function libraryPath(): string {
  return new URL("../../native/build/x86_64-linux-gnu/libstagebox.so", import.meta.url).pathname;
}
