// SPDX-License-Identifier: Apache-2.0
import { assetPath } from "../asset.ts";

/** The name under which compilers, and plugins' folders, know this machine. */
export const triple = `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;

/**
 * libstagebox.so for bun:ffi's dlopen. Out of the executable, Bun loads it through one file in the temporary folder,
 * named by its content and used again by the next start, so Workers share one instance of the library.
 */
export function libraryPath(): string {
  return assetPath(`native/build/${triple}/libstagebox.so`);
}
