// SPDX-License-Identifier: Apache-2.0
//
// The C and C++ compilers of Debian, for this machine and for the other.
import { ProblemsError } from "../../pipeline/problem.ts";
import { hostTriple, type Triple } from "../../triple.ts";

export type Language = "c" | "c++";

const PROGRAM = { c: "gcc", "c++": "g++" } as const;
const STANDARD = { c: "gnu11", "c++": "gnu++17" } as const;

export function languageOf(file: string): Language | undefined {
  if (file.endsWith(".c")) return "c";
  return /\.(cpp|cc|cxx)$/.test(file) ? "c++" : undefined;
}

export function standardOf(language: Language): string {
  return `-std=${STANDARD[language]}`;
}

/** The program's path. Throws ProblemsError that names the Debian package it is in. */
export function compilerFor(language: Language, target: Triple): string {
  const program = PROGRAM[language];
  const which = (name: string) => Bun.which(name, { PATH: process.env.PATH ?? "" });
  // Debian's full name first: under an emulator plain gcc is that of the machine below.
  const found = which(`${target}-${program}`) ?? (target === hostTriple ? which(program) : null);
  if (found) return found;
  const remedy = `as root: apt-get install ${packagesFor(language, target).join(" ")}`;
  throw new ProblemsError([{ message: `there is no ${language.toUpperCase()} compiler for ${target}; ${remedy}` }]);
}

/** As Debian calls them. */
function packagesFor(language: Language, target: Triple): string[] {
  if (target === hostTriple) return language === "c" ? ["gcc", "libc6-dev"] : ["g++"];
  const name = target.replaceAll("_", "-");
  return language === "c"
    ? [`gcc-${name}`, `libc6-dev-${target.startsWith("aarch64") ? "arm64" : "amd64"}-cross`]
    : [`g++-${name}`];
}
