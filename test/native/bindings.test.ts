// SPDX-License-Identifier: Apache-2.0
import { dlopen } from "bun:ffi";
import { expect, test } from "bun:test";
import { version } from "../../package.json";
import { declaredIn, functionsOf, generate, generatedPath } from "../../scripts/bindings.ts";
import { SB_FULL, SB_PORT_SPECTRUM, sb_event, symbols } from "../../src/native/abi.generated.ts";
import { libraryPath } from "../../src/native/engine-file.ts";

const header = (text: string) => ({ name: "stagebox_engine.h", text });

test("the committed bindings are those of the headers; if not, `npm run bindings`", async () => {
  expect(await Bun.file(generatedPath).text()).toBe(await generate());
});

test("the library exports every function of the header, and is of the package's version", () => {
  const { symbols: library, close } = dlopen(libraryPath(), symbols);
  expect(`${library.sb_version()}`).toBe(version);
  expect(library.sb_now_ns()).toBeGreaterThan(0n);
  close();
});

test("constants and layouts have the compiler's values", () => {
  expect([SB_FULL, SB_PORT_SPECTRUM]).toEqual([-7, 2]);
  expect(sb_event).toEqual({ bytes: 64, offsets: { frame: 0, duration_s: 4, label: 8 } });
});

test("a declaration may be wrapped; its comment and C text stay with it", () => {
  const [entry] = functionsOf(
    header(
      "/* Fills `out`,\n * all of it. */\nSB_EXPORT int32_t sb_fill(const sb_x *x,\n    double *out, uint32_t count);\n",
    ),
  );
  expect(entry).toBe(
    "/**\n * Fills `out`,\n * all of it.\n * `int32_t sb_fill(const sb_x *x, double *out, uint32_t count)`\n */\n" +
      'sb_fill: {"args":["ptr","ptr","u32"],"returns":"i32"},',
  );
});

test("only text that C calls constant comes back as a string", () => {
  const entries = functionsOf(header("SB_EXPORT const char *sb_a(void);\nSB_EXPORT char *sb_b(int64_t at);\n")).join(
    "",
  );
  expect(entries).toContain('sb_a: {"args":[],"returns":"cstring"}');
  expect(entries).toContain('sb_b: {"args":["i64"],"returns":"ptr"}');
});

test("a type without a counterpart is named with its place", () => {
  expect(() => functionsOf(header("SB_EXPORT void sb_wide(long double x);\n"))).toThrow(
    'stagebox_engine.h: "long double" in `void sb_wide(long double x)` has no bun:ffi type',
  );
});

test("other headers show only what they mark", () => {
  const text = "enum {\n  SB_HIDDEN,\n};\nenum { /* ffi */\n  SB_A = 1u << 0, /* first */\n  SB_B,\n};\n";
  expect(declaredIn({ name: "block.h", text }, "enum")).toEqual([
    {
      name: "",
      members: [
        { name: "SB_A", comment: "first" },
        { name: "SB_B", comment: "" },
      ],
    },
  ]);
});

test("fields of a struct, several a line, arrays and pointers", () => {
  const text = "typedef struct sb_x {\n  uint32_t a, b; /* both */\n  char c[8];\n  const float *d;\n} sb_x;\n";
  const [struct] = declaredIn(header(text), "struct");
  expect(struct?.name).toBe("sb_x");
  expect(struct?.members.map(({ name }) => name)).toEqual(["a", "b", "c", "d"]);
});
