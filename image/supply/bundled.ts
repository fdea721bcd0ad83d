// SPDX-License-Identifier: Apache-2.0
//
// What of others is inside the executable: the npm packages that the bundler really takes, and the runtime with the
// libraries that are linked into it.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import linked from "./bun-libraries.json";
import type { Component } from "./component.ts";

export async function bundledComponents(repository: string): Promise<Component[]> {
  const bundle = await Bun.build({ entrypoints: [join(repository, "src/main.ts")], target: "bun", metafile: true });
  const folders = new Set(
    Object.keys(bundle.metafile?.inputs ?? {})
      .map((path) => /node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0])
      .filter((folder) => folder !== undefined),
  );
  if (folders.size === 0) throw new Error("the bundler names no packages: what is in the executable is not known");
  return [...[...folders].map((folder) => npmComponent(join(repository, folder))), ...runtime(repository)];
}

function npmComponent(folder: string): Component {
  const { name, version, license, author } = readPackage(folder);
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  return {
    kind: "npm",
    name,
    version,
    supplier: typeof author === "string" ? author : (author?.name ?? name),
    licences: license ? [license] : [],
    ...(file && { text: readFileSync(join(folder, file), "utf8") }),
  };
}

function runtime(repository: string): Component[] {
  const { version } = readPackage(join(repository, "node_modules/bun"));
  const about = { kind: "runtime" as const, version, supplier: "Oven" };
  return [
    { ...about, name: "bun", source: "https://github.com/oven-sh/bun", licences: ["MIT"] },
    // Who has changed one of those under the LGPL links it anew as that repository says.
    ...linked.map((library) => ({ ...about, ...library, name: `bun/${library.name}` })),
  ];
}

interface Package {
  name: string;
  version: string;
  license?: string;
  author?: string | { name?: string };
}

function readPackage(folder: string): Package {
  const file = join(folder, "package.json");
  if (!existsSync(file)) throw new Error(`${file} is missing; install the npm packages`);
  return JSON.parse(readFileSync(file, "utf8"));
}
