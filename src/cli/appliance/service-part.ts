// SPDX-License-Identifier: Apache-2.0
//
// The part of a set-up that the service's own user does: plugins first, since the pipeline may need them.
import type { PipelineOrder, ServiceAnswer, ServiceOrder } from "../../appliance/setup/service-side.ts";
import { bundledPipelines } from "../../asset.ts";
import { namedTypes } from "../../pipeline/named-types.ts";
import { parse } from "../../pipeline/parse.ts";
import { fileRefusal, messageOf, type Problem, ProblemsError } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { validate } from "../../pipeline/validate.ts";
import { keepBuild } from "../../plugins/generations/keep-build.ts";
import { installPlugin } from "../../plugins/install/install.ts";
import { changeTogether } from "../../plugins/install/staging.ts";
import { openPluginCatalog } from "../../plugins/plugin-catalog.ts";
import { missingPlugins } from "../../runtime/passing-over.ts";
import { DataFolder } from "../../store/folder.ts";
import { LastStateFile } from "../../store/last-state.ts";
import { PipelineStore } from "../../store/pipelines.ts";
import { writeAdminToken } from "../../store/tokens.ts";
import { UnreachableError } from "../../store/web-file.ts";
import { defaultDataFolder } from "../default-data-folder.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import { BoxClient } from "../plugin/box-client.ts";
import { preflight } from "../plugin/preflight.ts";

const SEEN_MS = 15_000;
const tell = (text: string) => process.stderr.write(text);

/** Reads an order as JSON, and answers in JSON. */
export async function serveOrder(data = defaultDataFolder(), output: Output, signal: AbortSignal): Promise<ExitCode> {
  output.json(await obey((await Bun.stdin.json()) as ServiceOrder, data, signal));
  return EXIT.ok;
}

export async function obey(
  { token, plugins, pipeline }: ServiceOrder,
  data: string,
  signal: AbortSignal,
): Promise<ServiceAnswer[]> {
  const folder = new DataFolder(data);
  const answers: ServiceAnswer[] = [];
  if (token !== undefined)
    answers.push(
      await answer({ part: "token" }, async () => {
        await writeAdminToken(folder, token);
        return "the owner's token is set";
      }),
    );
  const install = async (source: string) => {
    const { manifest } = await installPlugin(source, {
      ...{ plugins: folder.plugins, signal, tell, preflight },
      keep: (build) => keepBuild(folder, build),
    });
    return `the plugin ${manifest.id} ${manifest.version} is installed`;
  };
  const installAll = async () => {
    for (const [index, source] of plugins.entries())
      answers.push(await answer({ part: "plugin", index }, () => install(source)));
  };
  /* One generation: what one file asks for goes, and is taken back, together. */
  if (plugins.length > 0) await changeTogether(folder.plugins, installAll);
  if (pipeline) answers.push(await answer({ part: "pipeline" }, () => choosePipeline(pipeline, folder)));
  return answers;
}

async function answer(part: Pick<ServiceAnswer, "part" | "index">, act: () => Promise<string>): Promise<ServiceAnswer> {
  try {
    return { ...part, done: await act(), problems: [] };
  } catch (error) {
    const problems: readonly Problem[] =
      error instanceof ProblemsError ? error.problems : [{ message: `could not be done (${messageOf(error)})` }];
    return { ...part, problems: [...problems], ...(error instanceof UnreachableError && { again: true }) };
  }
}

/** Checked as the API checks one before it saves and starts it. */
async function choosePipeline({ name, yaml }: PipelineOrder, folder: DataFolder): Promise<string> {
  const store = new PipelineStore(bundledPipelines(), folder.pipelines);
  const file = `${name}.yaml`;
  const text = yaml ?? store.get(name)?.yaml;
  if (text === undefined) {
    const names = store.list().map((it) => it.name);
    throw fileRefusal(file, `there is no such pipeline; ${suggestion(name, names)}`);
  }
  const document = parse(text, file);
  const { catalog, close } = await openPluginCatalog(() => folder.path, namedTypes(document));
  try {
    const missing = missingPlugins(validate(document, catalog), catalog, () => true);
    if (missing.length > 0) throw new ProblemsError(missing.map((problem) => ({ file, ...problem })));
  } finally {
    close();
  }
  if (yaml !== undefined) await store.put(name, yaml);
  const box = await BoxClient.find(folder.path);
  if (box) await startIn(box, name);
  else await new LastStateFile(folder, (notice) => tell(`${notice}\n`)).write({ pipeline: text, running: true });
  return `the pipeline is ${name}`;
}

/** The box that runs already may need a moment to see a plugin that is new. */
async function startIn(box: BoxClient, name: string): Promise<void> {
  const deadline = Date.now() + SEEN_MS;
  for (;;) {
    try {
      await box.post(`/api/pipelines/${name}/start`);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await Bun.sleep(500);
    }
  }
}
