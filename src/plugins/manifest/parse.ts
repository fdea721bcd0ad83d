// SPDX-License-Identifier: Apache-2.0
import type { Document, Path } from "../../pipeline/document.ts";
import { Field } from "../../pipeline/field.ts";
import type { Problem } from "../../pipeline/problem.ts";
import type { Schema } from "../../pipeline/shape.ts";
import { readToml } from "../../pipeline/toml.ts";
import type { Manifest } from "../plugin.ts";
import { MANIFEST } from "./description.ts";
import { LIBRARY, LIBRARY_NAME } from "./rules.ts";

export interface ParsedManifest {
  manifest: Manifest;
  /** Keys that have no effect. */
  warnings: Problem[];
  /** Where in the file something stands. */
  place: Document["place"];
}

/** Reads plugin.toml; nothing behind it checks again. `file` names it in problems. Throws ProblemsError with everything
 * that is wrong. */
export function parseManifest(text: string, file: string): ParsedManifest {
  const document = readToml(text, file);
  const root = Field.root(document);
  const unknown = Field.root(document);
  const inside = (path: Path) => path.reduce((field: Field, key) => field.at(key), unknown);
  const values = MANIFEST.read(root, (field, message) => {
    if (!unknown.full) inside(field.path).refuse(message(), "key");
  });
  if (values && values.permissions.write.length > 0 && values.limits.file_mb === 0)
    inside(["permissions", "write"]).refuse(
      "write has no effect while no file may hold anything; set file_mb under [limits]",
      "key",
    );
  // A misspelt key is often why another is missing.
  if (root.problems.length > 0) root.problems.push(...unknown.problems);
  root.settle();
  if (!values) throw new Error("a manifest was refused without a problem");
  const { id, runtime } = values;
  const library = (runtime.library ?? LIBRARY).replaceAll(LIBRARY_NAME, id.replaceAll("-", "_"));
  return {
    manifest: { ...values, runtime: { ...runtime, library } },
    warnings: unknown.problems,
    place: document.place,
  };
}

/** JSON schema of plugin.toml, for editors and for /api/plugins/schema. */
export function manifestSchema(): Schema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "plugin.toml of a Stagebox plugin",
    ...MANIFEST.schema,
  };
}
