// SPDX-License-Identifier: Apache-2.0
//
// npm run sdk: what `plugin new --runtime script` puts beside a stage for editors and tsc, out of sdk/typescript/stagebox.ts.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "..");
const source = join(root, "sdk/typescript/stagebox.ts");
export const declarationsPath = join(root, "plugins/.template-script/stagebox.d.ts");

const HEAD = `// SPDX-License-Identifier: Apache-2.0
// biome-ignore-all lint/suspicious/noConfusingVoidType: functions that return nothing are what it is about
//
// What a plugin in TypeScript is given, and what it may be; for editors and tsc. It is no file of the plugin's, and a box
// does not read it. Made by \`npm run sdk\` of Stagebox.

`;
const TAIL = `
interface Console {
  log(...values: unknown[]): void;
  error(...values: unknown[]): void;
}
/** Its lines are in the plugin's log. */
declare var console: Console;
`;

/** The module as tsc declares it, where no package of that name is installed. */
export function declarations(): string {
  const options = [
    "--declaration",
    "--emitDeclarationOnly",
    "--target",
    "ESNext",
    "--module",
    "ESNext",
    "--ignoreConfig",
  ];
  const work = join(root, "dist/sdk");
  const tsc = Bun.spawnSync([join(root, "node_modules/.bin/tsc"), source, ...options, "--types", "", "--outDir", work]);
  if (!tsc.success) throw new Error(tsc.stdout.toString());
  const lines = readFileSync(join(work, "stagebox.d.ts"), "utf8").split("\n");
  const body = lines.slice(lines.findIndex((line) => line.startsWith("export")));
  const ambient = body
    .filter((line) => line.trim() !== "#private;")
    .map((line) => line.replace(/^(export )?declare /, "$1").replaceAll("    ", "  "));
  const module = ambient.map((line) => (line === "" || line === "export {};" ? "" : `  ${line}`)).join("\n");
  return formatted(`${HEAD}declare module "stagebox" {\n${module.trimEnd()}\n}\n${TAIL}`);
}

function formatted(text: string): string {
  const biome = [join(root, "node_modules/.bin/biome"), "format", `--stdin-file-path=${declarationsPath}`];
  return Bun.spawnSync(biome, { stdin: Buffer.from(text), cwd: root }).stdout.toString();
}

if (import.meta.main) writeFileSync(declarationsPath, declarations());
