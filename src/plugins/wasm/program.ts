// SPDX-License-Identifier: Apache-2.0
//
// From a prepared component to one file of JavaScript that native/runtimes/script serves like a plugin in TypeScript: the
// component's glue, its modules, what it is told, and hosted.ts around them. It needs nothing else of any disk.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { assetPath, isCompiled } from "../../asset.ts";
import { type PreparedComponent, prepare } from "./prepare.ts";
import type { HostingTerms } from "./terms.ts";
import { TOOLCHAIN } from "./toolchain.ts";
import type { World } from "./worlds.ts";

export interface ProgramRequest {
  world: World;
  terms: HostingTerms;
}

/** Throws ProblemsError. */
export async function componentProgram(component: Uint8Array, request: ProgramRequest): Promise<string> {
  return composed(await prepare(component, request.world), request, await hostSource());
}

/** Changes with whatever would make another program. */
export async function programKey(component: Uint8Array, request: ProgramRequest): Promise<string> {
  const hash = createHash("sha256").update(component);
  for (const part of [JSON.stringify(request), TOOLCHAIN, await hostSource()]) hash.update("\0").update(part);
  return hash.digest("hex");
}

let source: Promise<string> | undefined;

/** hosted.ts and all that it needs: a function of CommonJS. */
function hostSource(): Promise<string> {
  source ??= isCompiled ? Promise.resolve(readFileSync(assetPath("dist/wasm-host.js"), "utf8")) : bundled();
  return source;
}

/** As scripts/build.mjs does. */
async function bundled(): Promise<string> {
  const made = await Bun.build({
    ...{ entrypoints: [assetPath("src/plugins/wasm/hosted.ts")], target: "bun", format: "cjs" },
    minify: { whitespace: true, syntax: true },
  });
  return (await made.outputs[0]?.text()) ?? "";
}

function composed({ glue, modules, wants }: PreparedComponent, { world, terms }: ProgramRequest, host: string): string {
  const inlined = [...modules].map(([name, bytes]) => [name, bytes.toBase64()]);
  const exported = world === "stage" ? terms.stages.map(({ type }) => type) : ["on_load", "on_event", "on_unload"];
  const names = exported.map((name, i) => `_${i} as ${name}`);
  return [
    `import * as stagebox from "stagebox";`,
    `import { instantiate } from "data:text/javascript;base64,${Buffer.from(glue).toString("base64")}";`,
    `const modules = new Map(${JSON.stringify(inlined)}.map(([name, text]) => [name, Uint8Array.fromBase64(text)]));`,
    "const host = { exports: {} };",
    `(${host.trim().replace(/;$/, "")})(host.exports, import.meta.require, host);`,
    `const component = { instantiate, modules, wants: ${JSON.stringify(wants)} };`,
    `const terms = ${JSON.stringify(terms)};`,
    `const made = host.exports.${world === "stage" ? "stageClasses" : "mainPart"}(component, terms, stagebox);`,
    ...exported.map((name, i) => `const _${i} = made.${name};`),
    `export { ${names.join(", ")} };`,
  ].join("\n");
}
