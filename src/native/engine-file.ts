// SPDX-License-Identifier: Apache-2.0
import { assetPath } from "../asset.ts";
import { hostTriple } from "../triple.ts";

/**
 * libstagebox.so for bun:ffi's dlopen. Out of the executable, Bun loads it through one file in the temporary folder,
 * named by its content and used again by the next start, so Workers share one instance of the library.
 */
export function libraryPath(): string {
  return assetPath(`native/build/${hostTriple}/libstagebox.so`);
}
