// SPDX-License-Identifier: Apache-2.0
//
// Where a plugin comes from, told from what somebody typed behind `install`.
import { statSync } from "node:fs";
import { ProblemsError } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";

export type Source =
  | { kind: "folder"; path: string }
  | { kind: "zip"; path: string }
  | { kind: "download"; address: string }
  /** Here already; `name` is what messages call it. */
  | { kind: "bundle"; name: string; zip: Uint8Array }
  /** `address`: with `#branch` or `#tag` behind it, where one is asked for. */
  | { kind: "repository"; address: string };

const REPOSITORY = /^(git\+\w+|git|ssh|file):\/\/|^[\w.-]+@[\w.-]+:/;

/** Throws ProblemsError. */
export function sourceOf(typed: string): Source {
  const there = statSync(typed, { throwIfNoEntry: false });
  if (there?.isDirectory()) return { kind: "folder", path: typed };
  if (there?.isFile()) return { kind: "zip", path: typed };
  if (REPOSITORY.test(typed)) return { kind: "repository", address: typed };
  if (/^https?:\/\//i.test(typed) && URL.canParse(typed))
    return { kind: new URL(typed).pathname.toLowerCase().endsWith(".zip") ? "download" : "repository", address: typed };
  throw new ProblemsError([
    { message: `${quote(typed)} is no folder, zip file, http(s) address of a zip file, or git repository` },
  ]);
}
