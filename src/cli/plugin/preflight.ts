// SPDX-License-Identifier: Apache-2.0
import type { Manifest } from "../../plugins/plugin.ts";

/** Tries a plugin out before it is put in place. Throws ProblemsError to keep it out. */
export async function preflight(_folder: string, _manifest: Manifest): Promise<void> {}
