// SPDX-License-Identifier: Apache-2.0
/** image/build.sh and the steps that need no base: what is refused, and how a disk is laid out. Boots are elsewhere. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { Glob } from "bun";

const images = join(import.meta.dir, "../../image");
const PATH = `${process.env.PATH}:/usr/sbin:/sbin`;
const env = { ...process.env, PATH, LC_ALL: "C", TZ: "UTC", SOURCE_DATE_EPOCH: "1750000000" };

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "stagebox-image-test-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function run(...command: string[]) {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { env });
  return { exitCode, output: stdout.toString(), complaints: stderr.toString() };
}

/** Those that this machine lacks; what needs them is skipped, and says so. */
function lacking(...programs: string[]): string[] {
  const missing = programs.filter((program) => !Bun.which(program, { PATH }));
  if (missing.length > 0) console.log(`skipped: some of test/image/build: there is no ${missing.join(", ")}`);
  return missing;
}

describe("image/build.sh", () => {
  const build = (...args: string[]) => run(join(images, "build.sh"), ...args);

  test("--help shows every option that it takes", () => {
    const { exitCode, output } = build("--help");
    expect(exitCode).toBe(0);
    const taken =
      readFileSync(join(images, "build.sh"), "utf8")
        .match(/^ {4}(--.*)\)$/gm)
        ?.join(" ") ?? "";
    for (const option of taken.match(/--[a-z0-9-]+/g) ?? []) expect(output).toContain(option);
  });

  test("all that is wrong is told at once, before anything is touched", () => {
    const output = join(folder, "untouched");
    const key = join(folder, "private.pem");
    writeFileSync(key, "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA\n-----END PRIVATE KEY-----\n");
    const wrong = "--base fedora --layout raid --kernel 9 --sha256 abc --executable /nowhere --frobnicate".split(" ");
    const { exitCode, complaints } = build(...wrong, "--update-key", key, "--output", output, "--compress");
    expect(exitCode).toBe(2);
    for (const word of ["fedora", "raid", "--kernel 9", "abc", "/nowhere", key, "--frobnicate"])
      expect(complaints).toContain(word);
    expect(complaints).toContain("give one of: debian raspios");
    expect(existsSync(output)).toBe(false);
  });

  test.each([
    [[], "--base is missing"],
    [["--base"], "--base wants a value"],
    [["--base", "--layout", "ab"], "--base wants a value"],
    [["--base", "raspios"], "wants one FILE.img"],
    [["--base", "raspios", "a.img", "--layout", "ab"], "--layout does not go with"],
    [["--base", "raspios", "/nowhere/a.img"], "there is no such file"],
    [["--base", "debian", "a.img"], "takes no file"],
    [["--base", "debian", "--update-key", "/nowhere/update.pub.pem"], "there is no such file"],
    [["--base", "debian", "--output", ""], "--output wants a value"],
    [["--base", "debian", "--sha256", "0".repeat(64)], "--sha256 goes with --base raspios"],
  ])("%j is refused: %s", (args, complaint) => {
    const { exitCode, complaints } = build(...args);
    expect(complaints).toContain(complaint);
    expect(exitCode).toBe(2);
  });
});

describe.skipIf(lacking("mcopy", "mmd", "mkfs.vfat", "mke2fs", "sfdisk").length > 0)("a disk", () => {
  /** What the boot loader reads and a root, as small as they may be. */
  function parts(root = Buffer.alloc(5000, "root")) {
    const work = mkdtempSync(join(folder, "work-"));
    mkdirSync(join(work, "boot/overlays"), { recursive: true });
    mkdirSync(join(work, "parts"));
    writeFileSync(join(work, "boot/cmdline"), "console=tty1 ro\n");
    writeFileSync(join(work, "boot/config.txt"), "arm_64bit=1\n");
    writeFileSync(join(work, "boot/overlays/spi.dtbo"), "overlay");
    writeFileSync(join(work, "parts/root.squashfs"), root);
    return { boot: join(work, "boot"), parts: join(work, "parts"), image: join(work, "image.img") };
  }

  function assemble(layout: "ab" | "simple", given = parts()) {
    const { exitCode, complaints } = run(join(images, `assemble/${layout}.sh`), given.boot, given.parts, given.image);
    return { exitCode, complaints, image: given.image, work: dirname(given.image) };
  }

  let made: Record<"ab" | "simple", ReturnType<typeof assemble>>;
  beforeAll(() => {
    made = { ab: assemble("ab"), simple: assemble("simple") };
  });

  interface Partition {
    start: number;
    size: number;
    name?: string;
    type: string;
    attrs?: string;
  }
  function table(image: string): { label: string; partitions: Partition[] } {
    return JSON.parse(run("sfdisk", "--json", image).output).partitiontable;
  }

  const fileOf = (image: string, { start }: Partition, path: string) =>
    run("mtype", "-i", `${image}@@${start * 512}`, `::${path}`).output;

  test("of two slots has the second one empty, and what people edit on a partition of its own", () => {
    const { image, work, exitCode, complaints } = made.ab;
    expect([complaints, exitCode]).toEqual(["", 0]);
    const { label, partitions } = table(image);
    expect(label).toBe("gpt");
    expect(partitions.map(({ name }) => name)).toEqual(["STAGEBOX", "boot_a", "boot_b", "root_a", "root_b", "data"]);
    for (const { start } of partitions) expect((start * 512) % (4 << 20)).toBe(0);
    const [firmware, bootA, bootB, rootA, rootB] = partitions as [
      Partition,
      Partition,
      Partition,
      Partition,
      Partition,
    ];
    expect(fileOf(image, firmware, "autoboot.txt")).toMatch(
      /^\[all\]\ntryboot_a_b=1\nboot_partition=2\n\[tryboot\]\nboot_partition=3\n/,
    );
    expect(fileOf(image, firmware, "stagebox.toml")).toContain("hostname");
    expect(fileOf(image, bootA, "cmdline.txt")).toBe("console=tty1 ro root=PARTLABEL=root_a\n");
    expect(fileOf(image, bootA, "overlays/spi.dtbo")).toBe("overlay");
    const inRoot = run(
      "cmp",
      `--bytes=5000`,
      `--ignore-initial=${rootA.start * 512}:0`,
      image,
      join(work, "parts/root.squashfs"),
    );
    expect(inRoot.output + inRoot.complaints).toBe("");
    for (const { start, size } of [bootB, rootB])
      expect(run("cmp", `--bytes=${size * 512}`, `--ignore-initial=${start * 512}:0`, image, "/dev/zero").output).toBe(
        "",
      );
    // Windows gives a letter to the first alone.
    expect([firmware, bootA, bootB].map(({ attrs }) => attrs)).toEqual([undefined, "GUID:63", "GUID:63"]);
  });

  test("of one slot is for every boot loader, and a power of two in size, as emulated cards are", () => {
    const { image, exitCode, complaints } = made.simple;
    expect([complaints, exitCode]).toEqual(["", 0]);
    const { label, partitions } = table(image);
    expect(label).toBe("dos");
    expect(partitions.map(({ type }) => type)).toEqual(["c", "83", "83"]);
    expect(Math.log2(Bun.file(image).size) % 1).toBe(0);
    expect(fileOf(image, partitions[0] as Partition, "cmdline.txt")).toBe(
      "console=tty1 ro root=PARTUUID=5a6e0b0c-02\n",
    );
    expect(fileOf(image, partitions[0] as Partition, "stagebox.toml")).toContain("hostname");
  });

  test.each(["ab", "simple"] as const)(
    "%s: the data partition is whole, last, and can be grown to any card",
    (layout) => {
      const { image } = made[layout];
      const { start, size } = table(image).partitions.at(-1) as Partition;
      const data = join(folder, `data-${layout}.ext4`);
      run("dd", `if=${image}`, `of=${data}`, "bs=1M", `skip=${start / 2048}`, `count=${size / 2048}`, "conv=sparse");
      expect(run("e2fsck", "-fn", data).exitCode).toBe(0);
      expect(run("blkid", "-p", "-o", "value", "-s", "LABEL", data).output.trim()).toBe("stagebox-data");
      const of = (what: string) =>
        Number(new RegExp(`^${what}: +(\\d+)$`, "m").exec(run("dumpe2fs", "-h", data).output)?.[1]);
      // Root's part, as the kernel reckons it when it makes the file system larger.
      expect(Math.floor((100 * of("Reserved block count")) / of("Block count"))).toBe(1);
      truncateSync(data, 256 * 2 ** 30);
      expect(run("resize2fs", data)).toMatchObject({ exitCode: 0 });
      rmSync(data);
    },
  );

  test.each(["ab", "simple"] as const)("%s is the same, byte for byte, whenever it is made", (layout) => {
    expect(run("cmp", made[layout].image, assemble(layout).image)).toEqual({ exitCode: 0, output: "", complaints: "" });
  });

  test("that a root does not fit on is refused with both sizes", () => {
    const given = parts();
    truncateSync(join(given.parts, "root.squashfs"), 400 << 20);
    const { exitCode, complaints } = assemble("ab", given);
    expect(exitCode).not.toBe(0);
    expect(complaints).toContain(`root.squashfs has ${400 << 20} bytes, and its partition only ${384 << 20}`);
  });
});

describe("the layers", () => {
  /** A root that holds nothing but a unit of the base's. */
  function lay() {
    const root = mkdtempSync(join(folder, "root-"));
    const app = join(root, "../app");
    mkdirSync(join(app, "bin"), { recursive: true });
    writeFileSync(join(app, "bin/stagebox"), "#!/bin/sh\n");
    chmodSync(join(app, "bin/stagebox"), 0o755);
    writeFileSync(join(app, "VERSION"), "1.2.3\n");
    const units = join(root, "usr/lib/systemd/system");
    mkdirSync(units, { recursive: true });
    writeFileSync(join(units, "ssh.socket"), "[Install]\nWantedBy=sockets.target\n");
    mkdirSync(join(root, "etc/systemd/system/multi-user.target.wants"), { recursive: true });
    run(
      "ln",
      "-s",
      "/usr/lib/systemd/system/ssh.service",
      join(root, "etc/systemd/system/multi-user.target.wants/ssh.service"),
    );
    // `raspios` lacks some of Debian's units, and so does this root.
    return { root, ...run(join(images, "assemble/layers.sh"), root, app, "simple", "raspios") };
  }

  test("are laid as they are, their units are enabled, disabled and masked, and the image says what it is", () => {
    const { root, exitCode, complaints } = lay();
    expect([complaints, exitCode]).toEqual(["", 0]);
    const system = join(root, "etc/systemd/system");
    const target = (path: string) => run("readlink", join(system, path)).output.trim();
    expect(target("multi-user.target.wants/stagebox.service")).toBe("/usr/lib/systemd/system/stagebox.service");
    expect(target("local-fs.target.wants/data.mount")).toBe("/usr/lib/systemd/system/data.mount");
    expect(target("sockets.target.wants/ssh.socket")).toBe("/usr/lib/systemd/system/ssh.socket");
    expect(target("multi-user.target.wants/ssh.service")).toBe("");
    expect(target("systemd-firstboot.service")).toBe("/dev/null");
    const { build, ...image } = JSON.parse(readFileSync(join(root, "usr/lib/stagebox/image.json"), "utf8"));
    expect(image).toEqual({ layout: "simple", base: "raspios", version: "1.2.3", arch: "arm64" });
    expect(build).toMatch(/^[0-9a-f]{16}$/);
  });

  test("give the service's user no group that is as good as root", () => {
    const { root } = lay();
    const members = readFileSync(join(root, "usr/lib/sysusers.d/stagebox.conf"), "utf8").matchAll(
      /^m stagebox (.+)$/gm,
    );
    expect([...members].map(([, group]) => group).sort()).toEqual(["dialout", "gpio", "i2c", "spi"]);
  });

  test("run no version as root that is on trial", () => {
    const { root } = lay();
    const users = run("grep", "-rlE", "(ExecStart|app)=/run/stagebox-system/app\\b", join(root, "usr/lib")).output;
    expect(users.trim().split("\n")).toEqual([join(root, "usr/lib/systemd/system/stagebox.service")]);
  });

  test("have no two files of the same name, of which one would win by the name of its folder", () => {
    const laid = [...new Glob("*/files/**").scanSync({ cwd: join(images, "layers"), dot: true })];
    const places = laid.map((path) => path.split("/").slice(2).join("/"));
    expect(places.filter((place, i) => places.indexOf(place) !== i)).toEqual([]);
  });

  test("and all scripts of the image satisfy shellcheck", () => {
    if (lacking("shellcheck").length > 0) return;
    const files = [...new Glob("**").scanSync({ cwd: images, absolute: true })];
    const scripts = files.filter((file) =>
      /^#!\/(bin|usr\/bin)\/(env )?(ba)?sh\n/.test(readFileSync(file, "latin1").slice(0, 40)),
    );
    expect(scripts.length).toBeGreaterThan(20);
    expect(run("shellcheck", ...scripts)).toEqual({ exitCode: 0, output: "", complaints: "" });
  });
});
