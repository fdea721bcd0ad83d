// SPDX-License-Identifier: Apache-2.0
import { type Finding, note, ok, type ReadText } from "./finding.ts";

const SYSTEM = "/sys/devices/system";
/** Read without a system call. */
const FAST_CLOCKS = ["arch_sys_counter", "tsc", "kvm-clock", "hyperv_clocksource_tsc_page"];

export function cores(count: number, read: ReadText): Finding {
  const isolated = read(`${SYSTEM}/cpu/isolated`);
  if (count === 1)
    return note("cores", "one: source, stages and network take turns", "use a machine with two cores or more");
  return ok(
    "cores",
    `${count}, ${isolated ? `of which ${isolated} are kept free for real-time work` : "none isolated"}`,
  );
}

export function governor(count: number, read: ReadText): Finding {
  const governors = new Set<string>();
  for (let core = 0; core < count; core++) {
    const name = read(`${SYSTEM}/cpu/cpu${core}/cpufreq/scaling_governor`);
    if (name) governors.add(name);
  }
  if (governors.size === 0) return ok("governor", "the kernel does not change the processor's frequency");
  if (governors.size === 1 && governors.has("performance")) return ok("governor", "performance");
  return note(
    "governor",
    `${[...governors].join(", ")}: a core that idles between blocks runs slow when a block comes`,
    `echo performance | sudo tee ${SYSTEM}/cpu/cpu*/cpufreq/scaling_governor`,
  );
}

export function simd(level: string): Finding {
  return level === "sse4.2"
    ? note("simd", "sse4.2: this processor has no AVX2, kernels take about twice the time", "none; count with it")
    : ok("simd", level);
}

export function pages(bytes: number): Finding {
  const size = `pages of ${bytes / 1024} KiB`;
  return bytes === 4096
    ? ok("pages", size)
    : note(
        "pages",
        `${size}: more memory for the same work`,
        "on a Raspberry Pi 5 put kernel=kernel8.img in config.txt",
      );
}

export function clock(read: ReadText): Finding {
  const folder = `${SYSTEM}/clocksource/clocksource0`;
  const current = read(`${folder}/current_clocksource`);
  if (current === undefined) return ok("clock", "the kernel does not say what it reads time from");
  if (FAST_CLOCKS.includes(current)) return ok("clock", current);
  const better = read(`${folder}/available_clocksource`)
    ?.split(" ")
    .find((name) => FAST_CLOCKS.includes(name));
  return note(
    "clock",
    `${current}: slow to read, and blocks are stamped with it`,
    better
      ? `echo ${better} | sudo tee ${folder}/current_clocksource`
      : "start the kernel with clocksource=tsc, if the processor allows it",
  );
}

/** AT_PAGESZ of the auxiliary vector that the kernel gives to every process. */
export function pageBytes(auxv: Uint8Array): number {
  const AT_PAGESZ = 6n;
  const view = new DataView(auxv.buffer, auxv.byteOffset, auxv.byteLength);
  for (let at = 0; at + 16 <= view.byteLength; at += 16)
    if (view.getBigUint64(at, true) === AT_PAGESZ) return Number(view.getBigUint64(at + 8, true));
  return 4096;
}
