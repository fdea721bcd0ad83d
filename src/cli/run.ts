// SPDX-License-Identifier: Apache-2.0
//
// stagebox run: the service, until it is told to stop.
import { once } from "node:events";
import { existsSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { type BoxOptions, startBox } from "../app.ts";
import type { Catalog } from "../pipeline/catalog.ts";
import type { Pipeline } from "../pipeline/pipeline.ts";
import { ProblemsError } from "../pipeline/problem.ts";
import { validate } from "../pipeline/validate.ts";
import type { GraphView } from "../runtime/box.ts";
import { PIPELINE_NAME } from "../store/pipelines.ts";
import { EXIT, type ExitCode } from "./exit-code.ts";
import { inFile, readPipeline, withInput } from "./pipeline-file.ts";

/** After that, what only the start needed is done with. */
const SETTLED_MS = 5000;

export interface RunOptions {
  /** File or name; what ran last if absent. */
  pipeline: string | undefined;
  /** A recording in the place of the pipeline's source. */
  input: string | undefined;
  /** Times the recorded speed; 0 is as fast as it goes. */
  speed: number | undefined;
  port: number;
  host: string;
  data: string;
  /** Aborted when the service shall end. */
  signal: AbortSignal;
}

export async function runService(options: RunOptions): Promise<ExitCode> {
  const pipeline = chosenPipeline(options);
  const name = options.pipeline ?? (options.input && "default");
  const box = await startBox({
    data_folder: options.data,
    port: options.port,
    host: options.host,
    ...(pipeline && { pipeline }),
  }).catch((error) => {
    throw name ? inFile(name, error) : error;
  });
  const graph = box.supervisor.graph();
  process.stdout.write(greeting(box.port, options, box.admin_token, graph));
  setTimeout(giveMemoryBack, SETTLED_MS).unref();
  if (!options.signal.aborted) await once(options.signal, "abort");
  await box.close();
  return EXIT.ok;
}

/** Code that ran once and its garbage, 7 MB of them, which the runtime would keep as long as nobody needs the room. */
function giveMemoryBack(): void {
  Bun.shrink();
}

/** What the command line asks for; undefined if it leaves the choice to the box. */
function chosenPipeline({ pipeline: name, input, speed, data }: RunOptions): BoxOptions["pipeline"] {
  if (name === undefined && input === undefined) return undefined;
  const { document, resolveFile } = readPipeline(name === undefined ? "default" : found(name, data));
  const load = (catalog: Catalog): Pipeline => {
    const pipeline = validate(document, catalog);
    if (input !== undefined) return withInput(pipeline, input, speed ?? 1);
    if (pipeline.source.type !== "replay") {
      if (speed === undefined) return pipeline;
      throw new ProblemsError([{ message: "--speed is for recordings; name one with --input FILE" }]);
    }
    const { source } = pipeline;
    const params = {
      ...source.params,
      file: resolveFile(String(source.params.file)),
      ...(speed !== undefined && { speed }),
    };
    return { ...pipeline, source: { ...source, params } };
  };
  return { document, load };
}

/** A name that was saved on this box stands for the saved pipeline, and for a bundled one otherwise. */
function found(name: string, data: string): string {
  const saved = join(data, "pipelines", `${name}.yaml`);
  return !existsSync(name) && PIPELINE_NAME.test(name) && existsSync(saved) ? saved : name;
}

/** The token is for whoever sits at the terminal; a journal keeps what it hears, so there it is not told. */
function greeting(port: number, { host, data }: RunOptions, token: string, graph: GraphView | undefined): string {
  const local = `http://localhost:${port}`;
  const isJournal = process.env.JOURNAL_STREAM !== undefined;
  const shown = isJournal ? "$TOKEN" : token;
  const elsewhere = host === "0.0.0.0" || host === "::" ? ` and http://${hostname()}.local:${port}` : "";
  const auth = `-H "Authorization: Bearer ${shown}"`;
  const json = `-H "Content-Type: application/json"`;
  const what = graph ? `pipeline ${graph.name}` : "no pipeline";
  const after = graph?.source.id ?? "board";
  return `Stagebox is running: ${what}
  address  ${local}${elsewhere}
  token    ${isJournal ? `stagebox token show --data ${data}` : token}

Try:
  curl ${local}/api/graph ${auth}
  curl ${local}/api/graph/patch ${auth} ${json} -d '{"action":"insert","after":"${after}","stage":{"type":"gain","gain_db":6}}'
  curl ${local}/api/markers ${auth} ${json} -d '{"label":"hello"}'

${local}/docs lists all calls. Ctrl-C stops.
`;
}
