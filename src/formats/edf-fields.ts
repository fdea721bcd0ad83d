// SPDX-License-Identifier: Apache-2.0
// What EDF+ and BDF+ put into the header's texts: who was recorded, when, with what. EDF+ specification, 2.1.3.
import { uniqueNames } from "./channel-names.ts";
import { ascii, type EdfSignal, edfDate } from "./edf-header.ts";
import { DIGITAL_MAX } from "./edf-scale.ts";
import type { Range, RecordingInfo } from "./recording.ts";

export interface EdfOptions {
  /** By channel name; EDF+ `+-3276.7 uV`, BDF+ `+-187500 uV`, other units than volts `+-1` if absent. */
  range?: Readonly<Record<string, Range>>;
  patient?: { code?: string; sex?: "F" | "M"; birthdate?: Date; name?: string };
  /** Hospital administration code of the investigation. */
  study?: string;
  technician?: string;
  /** Room for annotations in each data record; what does not fit waits for the next. */
  annotation_bytes?: number;
}

/** Dates that EDF cannot express, as of a clock that was never set, are left out. */
export function headerDate(start: Date): Date | undefined {
  const year = start.getUTCFullYear();
  return year >= 1985 && year <= 2084 ? start : undefined;
}

export function labels(info: RecordingInfo): string[] {
  const short = info.channels.map(({ name }) =>
    ascii(name)
      .slice(0, 16)
      .replace(/^([EB]DF) Annotations$/, "$1 annotations"),
  );
  // A number appended to a repeated label must not push it past 16 characters.
  return uniqueNames(short).map((label, i) => (label.length > 16 ? `${label.slice(0, 11)} ${i + 1}` : label));
}

export function annotationSignal(sample_bytes: 2 | 3, samples: number): EdfSignal {
  const digital_min = sample_bytes === 2 ? -32768 : -8388608;
  const label = `${sample_bytes === 3 ? "BDF" : "EDF"} Annotations`;
  const digital_max = DIGITAL_MAX[sample_bytes];
  return { label, unit: "", physical_min: -1, physical_max: 1, digital_min, digital_max, samples };
}

/** Subfields are separated by spaces, so those within become underscores; `X` stands for unknown. */
function subfield(text: string | undefined, characters: number): string {
  return (
    ascii(text ?? "")
      .trim()
      .replace(/\s+/g, "_")
      .slice(0, characters) || "X"
  );
}

export function patientField({ patient }: EdfOptions): string {
  const born = patient?.birthdate;
  const birthdate = born && !Number.isNaN(born.getTime()) ? edfDate(born) : "X";
  return [subfield(patient?.code, 24), patient?.sex ?? "X", birthdate, subfield(patient?.name, 40)].join(" ");
}

export function recordingField(info: RecordingInfo, options: EdfOptions, date: Date | undefined): string {
  const who = [subfield(options.study, 15), subfield(options.technician, 15), subfield(info.equipment, 24)];
  return ["Startdate", date ? edfDate(date) : "X", ...who].join(" ");
}
