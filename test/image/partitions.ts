// SPDX-License-Identifier: Apache-2.0
//
// The partitions of a card, GPT or MBR.

export interface Partition {
  /** As in /dev/mmcblk0pN. */
  number: number;
  offset: number;
  bytes: number;
  /** Of a GPT's partition; empty with an MBR. */
  name: string;
}

interface Table {
  sectorsize?: number;
  partitions: { node: string; start: number; size: number; name?: string }[];
}

export function readPartitions(file: string): Partition[] {
  const { stdout, stderr, success } = Bun.spawnSync(["sfdisk", "--json", file]);
  if (!success) throw new Error(`${file}: ${stderr.toString().trim()}`);
  const { sectorsize = 512, partitions } = JSON.parse(stdout.toString()).partitiontable as Table;
  return partitions.map(({ node, start, size, name = "" }) => ({
    number: Number(node.slice(file.length).replace(/^p/, "")),
    offset: start * sectorsize,
    bytes: size * sectorsize,
    name,
  }));
}

/** Of a GPT. Throws if there is none of that name. */
export function partitionNamed(file: string, name: string): Partition {
  const found = readPartitions(file).find((partition) => partition.name === name);
  if (!found) throw new Error(`${file} has no partition ${name}`);
  return found;
}
