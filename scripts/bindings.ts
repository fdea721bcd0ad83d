// SPDX-License-Identifier: Apache-2.0
/**
 * Writes src/native/abi.generated.ts from the C headers: the functions of stagebox_engine.h as bun:ffi wants them, and
 * the enums and structs of stagebox_engine.h, or marked with an ffi comment behind their brace in another header.
 * Names are read from the text; numbers, sizes and offsets come from a C program that includes the headers.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const include = join(import.meta.dir, "../native/include");
const engine = "stagebox_engine.h";
export const generatedPath = join(import.meta.dir, "../src/native/abi.generated.ts");

/** 64-bit integers are BigInt: the `_fast` types would change their type with their value. */
const types: Record<string, string> = {
  void: "void",
  bool: "bool",
  float: "f32",
  double: "f64",
  int32_t: "i32",
  uint32_t: "u32",
  int64_t: "i64",
  uint64_t: "u64",
};

interface Header {
  name: string;
  text: string;
}
interface Declared {
  name: string;
  /** Constants of an enum, fields of a struct. */
  members: { name: string; comment: string }[];
}

/** The functions of a header: one entry each of the table for dlopen, under their comment and C declaration. */
export function functionsOf({ name: header, text }: Header): string[] {
  const exports = /(?:\/\*((?:(?!\*\/).)*)\*\/\n)?^SB_EXPORT\s+([^;]+);/gms;
  return [...text.matchAll(exports)].map(([, comment = "", wrapped = ""]) => {
    const declaration = wrapped.replace(/\s+/g, " ");
    const [, result = "", name, list = ""] = declaration.match(/^(.+?)(\w+)\((.*)\)$/) ?? [];
    const typeOf = (c: string) => {
      const type = c.includes("*") ? "ptr" : types[c.replace(/\bconst\b/, "").trim()];
      if (!type)
        throw new Error(
          `${header}: "${c.trim()}" in \`${declaration}\` has no bun:ffi type; add it to ${import.meta.file}`,
        );
      return type;
    };
    const args = list === "void" ? [] : list.split(",").map((arg) => typeOf(arg.replace(/\w+\s*$/, "")));
    const returns = result.trim() === "const char *" ? "cstring" : typeOf(result);
    const lines = comment
      .trim()
      .split(/\s*\n \* ?/)
      .filter(Boolean);
    return `${doc(...lines, `\`${declaration}\``)}${name}: ${JSON.stringify({ args, returns })},`;
  });
}

/** The enums or structs of a header that TypeScript sees, one member or several a line. */
export function declaredIn({ name: header, text }: Header, kind: "enum" | "struct"): Declared[] {
  const mark = header === engine ? "" : " /\\* ffi \\*/";
  const bodies = new RegExp(`^(?:typedef )?${kind}(?: (\\w+))? \\{${mark}$(.*?)^\\}`, "gms");
  const member = kind === "enum" ? /^\s*(\w+)/ : /(\w+)\s*(?:\[\w+\]\s*)*;?\s*$/;
  return [...text.matchAll(bodies)].map(([, name = "", body = ""]) => {
    const members = body.split("\n").flatMap((line) => {
      const [code = "", comment = ""] = line.split(/\s*\/\*\s*|\s*\*\/\s*/);
      return code.split(",").flatMap(
        (part) =>
          part
            .match(member)
            ?.slice(1, 2)
            .map((name) => ({ name, comment })) ?? [],
      );
    });
    return { name, members };
  });
}

/** Values of C expressions, as the compiler of this machine sees them. */
function evaluate(headers: Header[], expressions: string[]): Map<string, number> {
  const folder = mkdtempSync(join(tmpdir(), "stagebox-bindings-"));
  try {
    const program = [
      "#include <stddef.h>\n#include <stdio.h>",
      ...headers.map(({ name }) => `#include <${name}>`),
      "int main(void) {",
      ...expressions.map((expression) => `  printf("%lld\\n", (long long)(${expression}));`),
      "}",
    ].join("\n");
    const compile = ["gcc", "-std=gnu11", "-I", include, "-o", join(folder, "values"), "-x", "c", "-"];
    const { success, stderr } = Bun.spawnSync(compile, { stdin: Buffer.from(program) });
    if (!success) throw new Error(`The headers do not compile:\n${stderr}`);
    const values = Bun.spawnSync([join(folder, "values")])
      .stdout.toString()
      .trim()
      .split("\n")
      .map(Number);
    return new Map(expressions.map((expression, i) => [expression, values[i] as number]));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function generate(): Promise<string> {
  const names = readdirSync(include, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".h"));
  const headers = await Promise.all(
    names.sort().map(async (name) => ({ name, text: await Bun.file(join(include, name)).text() })),
  );
  const enums = headers.flatMap((header) => declaredIn(header, "enum"));
  const structs = headers.flatMap((header) => declaredIn(header, "struct"));
  const constants = enums.flatMap((declared) => declared.members);
  const sizeOf = (struct: Declared) => `sizeof(${struct.name})`;
  const offsetOf = (struct: Declared, field: string) => `offsetof(${struct.name}, ${field})`;
  const values = evaluate(headers, [
    ...constants.map(({ name }) => name),
    ...structs.flatMap((struct) => [sizeOf(struct), ...struct.members.map(({ name }) => offsetOf(struct, name))]),
  ]);
  return format(
    [
      "// SPDX-License-Identifier: Apache-2.0",
      "// Made from native/include by `npm run bindings`: change the headers, not this file.",
      "export const symbols = {",
      ...headers.flatMap(functionsOf),
      "} as const;",
      ...constants.map(({ name, comment }) => `${doc(comment)}export const ${name} = ${values.get(name)};`),
      ...structs.map((struct) => {
        const offsets = struct.members.map(
          ({ name, comment }) => `${doc(comment)}${name}: ${values.get(offsetOf(struct, name))},`,
        );
        const size = values.get(sizeOf(struct));
        return `export const ${struct.name} = {\nbytes: ${size},\noffsets: {\n${offsets.join("\n")}\n} } as const;`;
      }),
    ].join("\n"),
  );
}

function doc(...lines: string[]): string {
  const text = lines.filter(Boolean);
  if (text.length < 2) return text.map((line) => `/** ${line} */\n`).join("");
  return `/**\n${text.map((line) => ` * ${line}\n`).join("")} */\n`;
}

function format(source: string): string {
  const biome = [process.execPath, "node_modules/.bin/biome", "format", `--stdin-file-path=${generatedPath}`];
  const { success, stdout, stderr } = Bun.spawnSync(biome, { cwd: join(include, "../.."), stdin: Buffer.from(source) });
  if (!success) throw new Error(`${stderr}`);
  return stdout.toString();
}

if (import.meta.main) await Bun.write(generatedPath, await generate());
