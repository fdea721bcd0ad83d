// SPDX-License-Identifier: Apache-2.0

/** What native code is compiled for: the names under which compilers, and plugins' folders, know machines. */
export const TRIPLES = ["x86_64-linux-gnu", "aarch64-linux-gnu"] as const;
export type Triple = (typeof TRIPLES)[number];

/** Of this machine. */
export const hostTriple: Triple = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
