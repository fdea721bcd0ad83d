// SPDX-License-Identifier: Apache-2.0
//
// A bundle in a folder of the service's, opened by root. Neither the folder nor the file may be a link, and once it is
// open, its path does not matter any more: what is read is hashed on its way, and those are the bytes that are used.
import { closeSync, constants, fstatSync, openSync, readSync, unlinkSync } from "node:fs";
import { fileRefusal } from "../../pipeline/problem.ts";
import type { Places } from "../places.ts";
import { LIMITS } from "../update/manifest.ts";

const PIECE_BYTES = 256 * 1024;

export interface OpenBundle {
  pieces: AsyncIterable<Uint8Array>;
  /** Closes and deletes it. */
  discard(): void;
}

/** `name`: without a slash, checked. Throws ProblemsError. */
export function openBundle({ incoming }: Places, name: string): OpenBundle {
  const refuse = (error: unknown) => {
    throw fileRefusal(name, `cannot be opened (${(error as NodeJS.ErrnoException).code}); send it again`);
  };
  const folder = orElse(
    () => openSync(incoming, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW),
    refuse,
  );
  const path = `/proc/self/fd/${folder}/${name}`;
  const file = orElse(
    () => openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK),
    (error) => {
      closeSync(folder);
      return refuse(error);
    },
  );
  const discard = () => {
    closeSync(file);
    try {
      unlinkSync(path);
    } catch {} // it has gone by itself
    closeSync(folder);
  };
  const stats = fstatSync(file);
  if (!stats.isFile() || stats.size > LIMITS.bundle_bytes) {
    discard();
    throw fileRefusal(name, "is no file, or too large to be a bundle");
  }
  return { pieces: piecesOf(file), discard };
}

async function* piecesOf(file: number): AsyncGenerator<Uint8Array> {
  for (;;) {
    const piece = Buffer.allocUnsafe(PIECE_BYTES); // each its own: an unpacker may keep it for a while
    const bytes = readSync(file, piece);
    if (bytes === 0) return;
    yield piece.subarray(0, bytes);
  }
}

function orElse<T>(make: () => T, otherwise: (error: unknown) => T): T {
  try {
    return make();
  } catch (error) {
    return otherwise(error);
  }
}
