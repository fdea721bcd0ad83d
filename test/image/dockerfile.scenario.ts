// SPDX-License-Identifier: Apache-2.0
/**
 * The Dockerfile, from a plain Debian to each of its three results. By buildah, which needs no service, and on a base
 * image made here where no registry of images can be reached.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, until } from "../system/service.ts";

const repository = join(import.meta.dir, "../..");
const DEBIAN = "localhost/stagebox-test-debian:bookworm";
const SERVICE = "localhost/stagebox-test-service";
const AARCH64 = 0xb7;
const LARGEST_XZ = 260e6;
const MINUTE = 60_000;
const lacking = ["buildah", "debootstrap"].filter((tool) => !Bun.which(tool));
const reason = process.getuid?.() === 0 ? lacking.map((tool) => `there is no ${tool}`)[0] : "it must run as root";
if (reason) console.log(`skipped: the Dockerfile: ${reason}`);

/** A chroot instead of a container: no other isolation is to be had inside of one. */
const ISOLATION = ["--isolation", "chroot", "--network", "host"];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "stagebox-dockerfile-"));
  if (!reason) run(join(import.meta.dir, "local-debian.sh"), DEBIAN);
}, 5 * MINUTE);
afterAll(() => rmSync(folder, { recursive: true }));

function run(...command: string[]): string {
  const { exitCode, stdout, stderr } = Bun.spawnSync(command, { cwd: repository, maxBuffer: 1 << 28 });
  if (exitCode !== 0) throw new Error(`${command.join(" ")}: ${stderr.toString().slice(-2000)}`);
  return stdout.toString().trim();
}

function build(target: string, ...options: string[]) {
  const base = ["--pull-never", "--layers", "--build-arg", `DEBIAN=${DEBIAN}`];
  run("buildah", "build", ...ISOLATION, ...base, ...options, "--target", target, repository);
}

test.skipIf(reason !== undefined)(
  "makes both executables, each for its processor",
  () => {
    build("executables", "--output", join(folder, "dist"));
    expect(readdirSync(join(folder, "dist")).sort()).toEqual(["stagebox", "stagebox-linux-arm64"]);
    const head = readFileSync(join(folder, "dist/stagebox-linux-arm64")).subarray(0, 20);
    expect([head.toString("latin1", 1, 4), head.readUInt16LE(18)]).toEqual(["ELF", AARCH64]);
    expect(run(join(folder, "dist/stagebox"), "--version")).toStartWith("stagebox ");
  },
  20 * MINUTE,
);

test.skipIf(reason !== undefined)(
  "makes a container in which the service runs, as nobody in particular",
  async () => {
    build("service", "--tag", SERVICE);
    const container = run("buildah", "from", "--pull-never", SERVICE);
    const port = freePort();
    const words = ["stagebox", "run", "--host", "127.0.0.1", "--port", `${port}`];
    const service = Bun.spawn(["buildah", "run", ...ISOLATION, container, "--", ...words], { stdout: "ignore" });
    try {
      const answers = () =>
        fetch(`http://127.0.0.1:${port}/api/health/ready`).then(
          (answer) => answer.ok,
          () => false,
        );
      await until("the service answers", answers, MINUTE);
      expect(run("buildah", "run", ...ISOLATION, container, "--", "id", "-un")).toBe("stagebox");
    } finally {
      service.kill();
      await service.exited;
      run("buildah", "rm", container);
    }
  },
  20 * MINUTE,
);

test.skipIf(reason !== undefined)(
  "makes the card image, small enough to be fetched, with its papers",
  () => {
    const cache = process.env.STAGEBOX_CACHE ?? join(homedir(), ".cache/stagebox");
    // What was built before is used again; the chroot for arm64 mounts, and makes device files.
    const rights = ["--cap-add", "SYS_ADMIN,MKNOD,SYS_CHROOT", "--volume", `${cache}:/root/.cache/stagebox`];
    build("image", ...rights, "--build-arg", "SOURCE_DATE_EPOCH=1750000000", "--output", join(folder, "dist"));
    const image = join(folder, "dist/image");
    expect(statSync(join(image, "stagebox-debian-ab.img.xz")).size).toBeLessThan(LARGEST_XZ);
    expect(readdirSync(image)).toEqual(
      expect.arrayContaining(["stagebox-debian-ab.spdx.json", "stagebox-debian-ab.rpi-imager-manifest"]),
    );
    run("sh", "-c", `cd ${image} && sha256sum --check --quiet stagebox-debian-ab.sha256`);
  },
  60 * MINUTE,
);
