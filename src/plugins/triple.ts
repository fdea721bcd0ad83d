// SPDX-License-Identifier: Apache-2.0
import { triple } from "../native/engine-file.ts";

/** What native code is compiled for. */
export const TRIPLES = ["x86_64-linux-gnu", "aarch64-linux-gnu"] as const;
export type Triple = (typeof TRIPLES)[number];

/** Of this machine. */
export const hostTriple = triple as Triple;
