// SPDX-License-Identifier: Apache-2.0
// WFDB annotation files in MIT format: 16-bit words of a 6-bit code and a 10-bit interval in samples.
// https://physionet.org/physiotools/wag/annot-5.htm; the symbols are those of its table of annotation codes.
import type { Annotation } from "./recording.ts";

const SYMBOLS: Readonly<Record<number, string>> = Object.fromEntries(
  [...' NLRaVFJASEj/Q~ | sT*D"=pB^t+u?![]en@xf()r'].map((symbol, code) => [code, symbol]),
);
const NOTE = 22;
const SKIP = 59;
const AUX = 63;
/** 60 to 62 change the number, subtype and channel of annotations. */
const FIRST_MODIFIER = 60;
const MAX_ANNOTATIONS = 1_000_000;

/** `text` is the symbol (`N`, `V`), with the label that some carry: `+ (AFIB`. */
export function parseWfdbAnnotations(
  bytes: Uint8Array,
  rate_hz: number,
): { annotations: Annotation[]; notice?: string } {
  const marks: { sample: number; code: number; label: string }[] = [];
  const word = (at: number) => (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  let sample = 0;
  let ended = false;
  let at = 0;
  while (at + 1 < bytes.length && marks.length < MAX_ANNOTATIONS) {
    const code = word(at) >> 10;
    const interval = word(at) & 0x3ff;
    at += 2;
    if (code === 0 && interval === 0) {
      ended = true;
      break;
    }
    if (code === SKIP) {
      if (at + 4 > bytes.length) break;
      sample += (word(at) << 16) | word(at + 2);
      at += 4;
    } else if (code === AUX) {
      const last = marks.at(-1);
      if (last)
        last.label = Buffer.from(bytes.subarray(at, at + interval))
          .toString("utf8")
          .replace(/\0.*$/s, "")
          .trim();
      at += interval + (interval & 1);
    } else if (code < FIRST_MODIFIER) {
      sample += interval;
      marks.push({ sample, code, label: "" });
    }
  }

  const resolution = marks.map(({ label }) => /^## time resolution: (\d+(?:\.\d*)?)$/.exec(label)?.[1]).find(Boolean);
  const sample_s = 1 / (Number(resolution) || rate_hz);
  const annotations = marks
    .filter(({ code, label }) => !(code === NOTE && label.startsWith("##")))
    .map(({ sample, code, label }) => ({
      onset_s: sample * sample_s,
      duration_s: 0,
      text: annotationText(code, label),
    }))
    .sort((a, b) => a.onset_s - b.onset_s);
  return ended ? { annotations } : { annotations, notice: "the annotation file has no end; read as far as it goes" };
}

function annotationText(code: number, label: string): string {
  if (code === NOTE && label !== "") return label;
  const symbol = SYMBOLS[code]?.trim() || `[${code}]`;
  return label === "" ? symbol : `${symbol} ${label}`;
}
