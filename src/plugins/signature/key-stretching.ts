// SPDX-License-Identifier: Apache-2.0
//
// How minisign keeps a secret key: hidden by what scrypt makes of a password (Percival, RFC 7914). The file says how much
// work and memory that takes, as two limits from which libsodium picks scrypt's own numbers; so is it done here.
import { scrypt } from "node:crypto";

export interface StretchLimits {
  operations: bigint;
  memory_bytes: bigint;
}

/** For keys that are made here: 128 MB, which a small board has, too. minisign's own takes 1 GB, and can be read. */
export const STRETCH: StretchLimits = { operations: 2n ** 22n, memory_bytes: 2n ** 27n };

const BLOCK = 8;
const LEAST_OPERATIONS = 32768n;
const MOST = { log2_n: 20, parallel: 16 };

/** scrypt's N (as a power of 2) and p; undefined for a file that wants more than minisign ever does. */
export function scryptNumbers({ operations, memory_bytes }: StretchLimits): { log2_n: number; p: number } | undefined {
  const work = operations < LEAST_OPERATIONS ? LEAST_OPERATIONS : operations;
  const isShortOfWork = work < memory_bytes / 32n;
  const most = isShortOfWork ? work / BigInt(BLOCK * 4) : memory_bytes / BigInt(BLOCK * 128);
  let log2_n = 1;
  while (log2_n < 63 && 1n << BigInt(log2_n) <= most / 2n) log2_n++;
  const p = isShortOfWork ? 1 : Number(work / 4n / (1n << BigInt(log2_n)) / BigInt(BLOCK));
  return log2_n > MOST.log2_n || p < 1 || p > MOST.parallel ? undefined : { log2_n, p };
}

/** `count` bytes made of a password. */
export function stretched(
  password: string,
  salt: Uint8Array,
  count: number,
  { log2_n, p }: { log2_n: number; p: number },
): Promise<Buffer> {
  const options = { N: 2 ** log2_n, r: BLOCK, p, maxmem: 2 ** 31 - 1 };
  return new Promise((resolve, reject) => {
    scrypt(password, salt, count, options, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
}
