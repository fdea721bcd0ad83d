// SPDX-License-Identifier: Apache-2.0
//
// plugin.toml, described once: from here come its JSON schema, its checks, its defaults and plugins/MANIFEST.md.

import {
  anyText,
  choice,
  flag,
  list,
  named,
  number,
  optional,
  required,
  type Shape,
  section,
  table,
  text,
  turned,
  uniqueIds,
} from "../../pipeline/shape.ts";
import { type ConfigSpec, PLUGIN_TYPES } from "../plugin.ts";
import { compilerFlag } from "./flags.ts";
import { limitsOfKind, settingsOfKind } from "./kind-rules.ts";
import { checkMain, events, main, services } from "./main-part.ts";
import {
  abiVersion,
  eventType,
  FOLDERS,
  LIBRARY,
  LIBRARY_NAME,
  PLUGIN_ID,
  PLUGIN_ID_RULE,
  permissionPath,
  pluginId,
  pluginName,
  RECORDINGS,
  relativePath,
  serverAddress,
  version,
  versionRange,
} from "./rules.ts";
import { SNAKE_CASE, SNAKE_CASE_RULE, setting } from "./settings.ts";
import { stages } from "./stages.ts";

/** How much of each a plugin may have. */
const MOST = { words: 32, dependencies: 64, paths: 64, settings: 128, presets: 128 };

const words = (most: number) => list(text({ most }), { most: MOST.words });
const whole = (minimum: number, maximum: number, unit = "") => number({ minimum, maximum, unit, whole: true });
const paths = list(permissionPath, { most: MOST.paths });
const bus = { most: MOST.paths };
const patterns = list(relativePath({ wildcards: true }), { most: MOST.paths });

const requires = section("What it cannot do without.", {
  stagebox: optional("Versions of Stagebox it runs with.", versionRange),
  abi: optional("Version of the plugin ABI it was written for: major.minor.", abiVersion),
});

const dependencies = turned(
  named(versionRange, { pattern: PLUGIN_ID, rule: PLUGIN_ID_RULE, most: MOST.dependencies }),
  (ranges): Record<string, string> => Object.fromEntries(ranges),
);

const runtime = section("How it is run.", {
  kind: optional(
    "What it is written in: native (C, C++ and the like), python, script (TypeScript), wasm (WebAssembly), or service: a server of its own computes.",
    choice(["native", "wasm", "script", "python", "service"]),
    "native",
  ),
  isolation: optional(
    "A process of its own for each instance; in-process counts only where the operator trusts the plugin.",
    choice(["process", "in-process"]),
    "process",
  ),
  library: optional(
    `Where its libraries lie: ${LIBRARY}, unless it says otherwise; ${LIBRARY_NAME} is the id with _ for -.`,
    relativePath({ triple: true }),
  ),
  script: optional('The file that is run, for kind = "python" or "script": stage.py, stage.ts.', relativePath()),
  component: optional('The file that is run, for kind = "wasm".', relativePath()),
  address: optional(
    'Where its server is, for kind = "service": http: on the same machine, https:, or unix:; an operator changes it by the setting of that name.',
    serverAddress,
  ),
  late: optional(
    "What stands in for an output that is not there in time: the input, the last good output, or zeros.",
    choice(["dry", "hold", "silence"]),
    "dry",
  ),
});

const permissions = section(
  "What it asks for beyond computing; the operator grants it: stagebox plugin enable ID --grant all.",
  {
    network: optional("Use sockets.", flag, false),
    processes: optional("Start other programs.", flag, false),
    threads: optional("Start threads of its own.", flag, false),
    log: optional("Write lines to its log; for wasm, others may anyway.", flag, false),
    config: optional("Look at its settings at any time; for wasm, others may anyway.", flag, false),
    watch: optional("Hear of changes in the folders that it may read, in its [main].", flag, false),
    read: optional(
      `Read these files and folders: absolute paths, ${RECORDINGS} for the box's own, ${FOLDERS} for any that the operator names.`,
      paths,
      [],
    ),
    write: optional("Read, write and create in these.", paths, []),
    subscribe: optional("Hear these events: StageOp, other-plugin.found, * for all.", list(eventType, bus), []),
    publish: optional("Publish these events: its own, as in my-plugin.found, or others'.", list(pluginName, bus), []),
    services: optional("Call these services: other-plugin.count.", list(pluginName, bus), []),
  },
);

const limits = section("What one instance may use up.", {
  memory_mb: optional(
    "Memory of its process; 384 for python, which needs 128, and 192 for script, wasm and service, which need 96.",
    whole(8, 65536, "MB"),
    64,
  ),
  cpu_percent: optional("Processor time; 100 is one core.", whole(1, 6400, "%"), 100),
  file_mb: optional(
    "The longest file it may write; 0: none. Its data folder may hold sixteen such, and a quarter of the free disk.",
    whole(0, 1048576, "MB"),
    0,
  ),
  processes: optional("Programs that it may have running.", whole(0, 1024), 0),
  open_files: optional("Files open at once.", whole(16, 4096), 64),
});

const config: Shape<ConfigSpec[]> = turned(
  named(setting, { pattern: SNAKE_CASE, rule: SNAKE_CASE_RULE, most: MOST.settings }),
  (settings, field) => {
    const unset = settings.filter(([, spec]) => spec.required);
    for (const [id] of unset)
      field.at(id).at("default").refuse(`default is missing; without one ${id} would have no value`);
    return unset.length > 0 ? undefined : settings.map(([id, { required: _, ...spec }]) => ({ id, ...spec }));
  },
);

const preset = table({
  id: required(
    "Names the preset in the API.",
    text({
      pattern: /^[a-z][a-z0-9_-]{0,47}$/,
      rule: "is not an id; write a lower-case letter, then letters, digits, _ or -",
    }),
  ),
  name: required("For people.", text({ most: 64 })),
  description: optional("One or two sentences.", anyText(1024), ""),
  file: required("A patch of the graph: a list of actions, or a map with actions.", relativePath()),
});

const build = section("For stagebox plugin build.", {
  sources: optional("C and C++ files; of wasm C files, or one file of JavaScript.", patterns, ["src/*.c", "src/*.cpp"]),
  libraries: optional(
    "Linked with -l.",
    list(text({ pattern: /^[A-Za-z0-9_.+-]+$/, rule: "is not a library's name; write fftw3f for -lfftw3f" }), {
      most: MOST.words,
    }),
    [],
  ),
  flags: optional("For the compiler.", list(compilerFlag, { most: MOST.words }), []),
});

const test = section("For stagebox plugin check.", {
  pipelines: optional("Pipelines with a tests: block.", patterns, ["test/*.yaml"]),
});

const ui = turned(
  table({
    bundle: required(
      "A JavaScript module; whoever sees a console may have all of the folder that it is in.",
      relativePath(),
    ),
    component_name: required(
      "What the module exports.",
      text({ pattern: /^[A-Za-z_$][\w$]*$/, rule: "is not a name in JavaScript", most: 64 }),
    ),
    required_props: optional("What the component must be given.", words(64), []),
    icon: optional("An image in the same folder.", relativePath()),
  }),
  (values, field) => {
    const { bundle, icon } = values;
    const folder = bundle.slice(0, bundle.lastIndexOf("/") + 1);
    if (folder === "")
      return field
        .at("bundle")
        .refuse("bundle lies beside plugin.toml; give it a folder of its own, as in ui/bundle.js");
    if (icon !== undefined && !icon.startsWith(folder))
      return field.at("icon").refuse(`icon is not in ${folder}, of which alone a console is given files; put it there`);
    return values;
  },
);

const manifest = table({
  id: required("The plugin's one name: in the API, in folders, in other plugins' dependencies.", pluginId),
  name: required("For people.", text({ most: 64 })),
  version: required("Of the plugin, as semver.org has it.", version),
  description: required("One or two sentences.", text({ most: 1024 })),
  authors: required("Who made it.", list(text({ most: 128 }), { least: 1, most: MOST.words })),
  license: required("An SPDX expression: Apache-2.0.", text({ most: 128 })),
  type: required("What it mostly is.", choice(PLUGIN_TYPES)),
  category: optional("Groups plugins in a console.", text({ most: 64 }), "other"),
  enabled: optional(
    "Whether it runs before anybody has decided; false for what replaces a part of the box.",
    flag,
    true,
  ),
  capabilities: optional(
    "What it brings: stage, source, sink, backend:NAME, operators, data-loaders, visualization, telemetry, custom:NAME ...",
    words(64),
    [],
  ),
  requires,
  dependencies: optional(
    "Other plugins it needs, or stagebox itself: id = range of versions (semver).",
    dependencies,
    {},
  ),
  runtime,
  permissions,
  limits,
  config: optional(
    "Settings of the plugin as a whole: id = what it is. An operator sets them in stagebox.toml of the data folder, or " +
      'with POST /api/plugins/ID/enable {"config": {"NAME": VALUE}}; the library reads them in stagebox/ext/draft/home.h.',
    config,
    [],
  ),
  main: optional(
    "What of it is no stage: it hears events, publishes some, offers services and calls others'. In a process of its own.",
    main,
  ),
  events: optional("Events of its own, that it tells more of: my-plugin.NAME in full.", events, []),
  services: optional("What others can ask of it: my-plugin.NAME in full.", services, []),
  stages: optional("Stages, sources and sinks, as a console shows them before the plugin is loaded.", stages, []),
  presets: optional(
    "Patches of the graph that come with it.",
    turned(list(preset, { most: MOST.presets }), uniqueIds),
    [],
  ),
  build,
  test,
  ui: optional("What a console can show for it.", ui),
});

/** What its keys must be, and what they must be to each other. */
export const MANIFEST: typeof manifest = turned(manifest, (values, field) => {
  const limits = limitsOfKind(values, field);
  const before = field.problems.length;
  checkMain(values, field);
  if (!limits || field.problems.length > before) return undefined;
  const config = settingsOfKind(values);
  if (!values.permissions.processes || limits.processes > 0) return { ...values, limits, config };
  const words = "processes asks to start other programs, of which [limits] lets none run; set processes there, too";
  return field.at("permissions").at("processes").refuse(words);
});
