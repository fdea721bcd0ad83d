// SPDX-License-Identifier: Apache-2.0
//
// A FAT partition of a card, as another computer sees it. By mtools, because mounting needs a kernel that can.
import { rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export class Fat {
  readonly #image: string;

  constructor(card: string, offset: number) {
    this.#image = `${card}@@${offset}`;
  }

  /** Undefined if there is no such file. */
  read(name: string): Buffer | undefined {
    const { stdout, success } = this.#mtools("mtype", `::${name}`);
    return success ? Buffer.from(stdout) : undefined;
  }

  text(name: string): string | undefined {
    return this.read(name)?.toString("utf8");
  }

  write(name: string, content: string | Uint8Array): void {
    const file = join(tmpdir(), `stagebox-fat-${process.pid}`);
    writeFileSync(file, content);
    const { success, stderr } = this.#mtools("mcopy", "-o", file, `::${name}`);
    rmSync(file);
    if (!success) throw new Error(`${this.#image}: ${stderr.toString().trim()}`);
  }

  delete(name: string): void {
    this.#mtools("mdel", `::${name}`);
  }

  /** Names of the files in its root folder. */
  names(): string[] {
    const { stdout } = this.#mtools("mdir", "-b", "::");
    return stdout
      .toString()
      .split("\n")
      .filter((line) => line.startsWith("::/"))
      .map((line) => line.slice("::/".length));
  }

  #mtools(tool: string, ...rest: string[]) {
    const options = rest.filter((argument) => argument.startsWith("-"));
    const files = rest.filter((argument) => !argument.startsWith("-"));
    return Bun.spawnSync([tool, ...options, "-i", this.#image, ...files], {
      env: { ...process.env, MTOOLS_SKIP_CHECK: "1", MTOOLS_LOWER_CASE: "1" },
    });
  }
}

/** Whether a FAT file system begins here. */
export function isFat(firstSector: Uint8Array): boolean {
  const text = Buffer.from(firstSector).toString("latin1");
  return firstSector[510] === 0x55 && firstSector[511] === 0xaa && /^.{54}FAT|^.{82}FAT32/s.test(text);
}
