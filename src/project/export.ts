// SPDX-License-Identifier: Apache-2.0
//
// stagebox.export: a recording, in the format that somebody else reads, as a file of the project.
import type { Part } from "../formats/convert.ts";
import { formatOf, RECORDING_FORMATS, type RecordingFormat } from "../formats/create.ts";
import { ProblemsError } from "../pipeline/problem.ts";
import { quote } from "../pipeline/words.ts";
import { type BoxService, boxService } from "../plugins/bus/box-service.ts";
import { NotFoundError } from "../runtime/box.ts";
import { pathParts } from "../store/project-path.ts";
import { InUseError, type RecordingStore } from "../store/recordings.ts";
import { actorWords } from "./actor-words.ts";
import type { Exporter } from "./exporter.ts";
import { amount, count, object, text, whole } from "./schema.ts";

const LONGEST_S = 1e9;

interface ExportRequest extends Part {
  recording: string;
  format: RecordingFormat;
  to?: string;
}

export function exportService(exporter: Exporter, recordings: RecordingStore): BoxService {
  return boxService<ExportRequest>({
    ...{ name: "export", role: "operator", changes: true, timeout_ms: 5000 },
    description:
      "Writes a recording to a file of the project, in another format. The event ExportDone tells when it is there.",
    request: object(
      {
        recording: text("The file's name among the recordings.", { maxLength: 255 }),
        format: text("Of the file.", { enum: [...RECORDING_FORMATS] }),
        to: text("Where it goes to; exports/NAME.FORMAT without it. One that is there is replaced.", {
          maxLength: 255,
        }),
        start_s: amount("Begin so far in.", { minimum: 0, maximum: LONGEST_S }),
        duration_s: amount("Only so much of it.", { minimum: 0.001, maximum: LONGEST_S }),
      },
      ["recording", "format"],
    ),
    answer: whole({ job: count("By which ExportDone tells of it."), file: text("Where it will be in the project.") }),
    serve({ recording, format, to = `exports/${stemOf(recording)}.${format}`, ...part }, by) {
      const there = recordings.get(recording);
      const from = recordings.path(recording);
      if (!there || !from) throw new NotFoundError(`there is no recording ${quote(recording)}`);
      if (there.open) throw new InUseError(recording);
      pathParts(to);
      if (formatOf(to) !== format)
        throw new ProblemsError([{ field: "/to", message: `${quote(to)} does not end with .${format}` }]);
      return { job: exporter.begin({ recording, from, format, to, by: actorWords(by), ...part }), file: to };
    },
  });
}

function stemOf(name: string): string {
  return name.replace(/\.[^.]*$/, "");
}
