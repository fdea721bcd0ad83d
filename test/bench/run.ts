// SPDX-License-Identifier: Apache-2.0
//
// Measures kernels and engine beside their peers, in one run, and says which targets are met:
//
//     npm run bench            (Debian's libfftw3-dev and python3-scipy; --json for one object)
//
// Machines are noisy: only ratios of one run mean anything, and this is no test.
import { join } from "node:path";
import { hostTriple } from "../../src/triple.ts";

interface Row {
  name: string;
  isa?: string;
  [figure: string]: string | number | undefined;
}

interface Target {
  what: string;
  /** How often the peer's time holds ours, or (overhead) what the engine adds. */
  figure: number | undefined;
  least?: number;
  most?: number;
}

const here = import.meta.dir;
const native = join(here, "../../native");

function run(...command: string[]): Row[] {
  const { stdout, stderr, exitCode } = Bun.spawnSync(command, { cwd: here });
  if (exitCode !== 0) {
    console.error(`${command.join(" ")}: ended with ${exitCode}\n${stderr}`);
    return [];
  }
  return `${stdout}`.split("\n").flatMap((line) => (line.startsWith("{") ? [JSON.parse(line) as Row] : []));
}

const bench = (name: string) => run(join(native, "build", hostTriple, "bench", `${name}_bench`));
const peer = (name: string) => run("/usr/bin/python3", join(here, `${name}_peer.py`));

const make = Bun.spawnSync(["make", "-s", "-C", native, "bench"], { stdout: "inherit", stderr: "inherit" });
if (make.exitCode !== 0) process.exit(1);

const [filters, scipy, spectral, scipyWelch, detect, engine] = [
  bench("filters"),
  peer("filters"),
  bench("spectral"),
  peer("spectral"),
  bench("detect"),
  bench("engine"),
];

/** The widest instruction set comes last. */
const best = (rows: Row[], name: string, key: string) =>
  rows.findLast((row) => row.name === name && row[key] !== undefined)?.[key] as number | undefined;
const narrow = (rows: Row[], name: string, key: string) =>
  rows.find((row) => row.name === name && row[key] !== undefined)?.[key] as number | undefined;
const ratio = (peerTime?: number, ours?: number) => (peerTime && ours ? peerTime / ours : undefined);
const perSample = "ns_per_sample_per_channel";
const iir = (frames: number) => `iir 5 biquads f64, ${frames} frame${frames === 1 ? "" : "s"} x 8`;
const fftw = (name: string) => spectral.filter((row) => row.name === name && row.peer === "fftw planar");
const welch = spectral.filter((row) => row.name.startsWith("welch"));

const targets: Target[] = [
  ...[4096, 32].map((frames) => ({
    what: `${iir(frames)}, against scipy's sosfilt`,
    figure: ratio(best(scipy, iir(frames), perSample), best(filters, iir(frames), perSample)),
    least: frames === 32 ? 40 : 4,
  })),
  ...[256, 1024].flatMap((size) => [
    {
      what: `real FFT of ${size} points, 8 channels, against FFTW planar`,
      figure: best(fftw(`fft_${size}`), `fft_${size}`, "ratio"),
      least: 1,
    },
    {
      what: `the same with 128-bit vectors`,
      figure: narrow(fftw(`fft_${size}`), `fft_${size}`, "ratio"),
      least: 1 / 1.3,
    },
  ]),
  {
    what: "Welch of 256 points and 5 bands, against C on FFTW",
    figure: welch.findLast((row) => row.ratio !== undefined)?.ratio as number | undefined,
    least: 1.5,
  },
  {
    what: "the same against scipy",
    figure: ratio(
      scipyWelch[0]?.peer_ns_per_sample as number,
      welch.findLast((row) => row.ns_per_sample !== undefined)?.ns_per_sample as number,
    ),
    least: 14,
  },
  {
    what: "24-bit decode of 8 x 32, against scalar C",
    figure: best(
      detect.filter((row) => row.channels === 8 && row.frames === 32),
      "decode24",
      "ratio",
    ),
    least: 4,
  },
  ...engine
    .filter((row) => row.name.includes("spectrum"))
    .map((row) => ({ what: `${row.name}: added to a bare loop`, figure: row.overhead as number, most: 0.1 })),
];

const isMet = ({ figure, least = 0, most = Number.POSITIVE_INFINITY }: Target) =>
  figure !== undefined && figure >= least && figure <= most;

if (process.argv.includes("--json")) {
  const met = targets.map((target) => ({ ...target, met: isMet(target) }));
  console.log(JSON.stringify({ targets: met, rows: { filters, scipy, spectral, scipyWelch, detect, engine } }));
} else {
  for (const target of targets) {
    const { what, figure, least, most } = target;
    const wanted = least !== undefined ? `at least ${least.toFixed(2)}` : `at most ${most?.toFixed(2)}`;
    const mark = isMet(target) ? "met   " : "MISSED";
    console.log(
      `${mark} ${figure === undefined ? "not measured" : figure.toFixed(2).padStart(7)}  (${wanted})  ${what}`,
    );
  }
}
