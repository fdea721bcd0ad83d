// SPDX-License-Identifier: Apache-2.0
//
// What it costs that a stage comes from a plugin: the stage that does nothing, built in, in this process under a guard,
// and in a process of its own; beside them a plain function that copies the block, and a pipe to another thread and back.
import { Library } from "../../native/library.ts";
import { measureYardstick, nopPluginPath } from "../../native/yardstick.ts";
import type { Catalog, ComponentSpec } from "../../pipeline/catalog.ts";
import { type BenchContext, type Measurement, SHAPES, type Shape } from "./measurement.ts";
import { timePluginStage, timeStage } from "./plugin-stage.ts";

const ROUNDS = 5000;
const WAYS = ["in-process", "process"] as const;

interface Times {
  p50_ns: number;
  p99_ns: number;
}

export async function* benchPlugins(catalog: Catalog, context: BenchContext): AsyncGenerator<Measurement> {
  for (const shape of SHAPES) {
    const bytes = shape.channels * shape.frames * Float32Array.BYTES_PER_ELEMENT;
    const call = measureYardstick("call", bytes, ROUNDS);
    const pipe = measureYardstick("pipe", bytes, ROUNDS);
    const builtIn = await timeStage(catalog.stages.get("nop") as ComponentSpec, shape, catalog, context);
    yield measurement("function-call", shape, call, {});
    yield measurement("pipe", shape, pipe, {});
    yield measurement("built-in", shape, builtIn, {});
    for (const isolation of WAYS) {
      const library = await Library.open(nopPluginPath(), { isolation });
      try {
        const times = await timePluginStage(library, shape, catalog, context);
        yield measurement(isolation === "process" ? "isolated" : isolation, shape, times, {
          over_built_in_us: (times.p50_ns - builtIn.p50_ns) / 1e3,
          // Less than a clock can tell, as an emulator's, is no measure.
          ...(call.p50_ns > 0 && { times_function_call: times.p50_ns / call.p50_ns }),
          ...(pipe.p50_ns > 0 && { times_pipe: times.p50_ns / pipe.p50_ns }),
        });
      } finally {
        library.close();
      }
    }
  }
}

function measurement(
  way: string,
  shape: Shape,
  { p50_ns, p99_ns }: Times,
  details: Record<string, number>,
): Measurement {
  return {
    name: `plugins.${way}.${shape.channels}x${shape.frames}`,
    unit: "us",
    value: p50_ns / 1e3,
    p99_us: p99_ns / 1e3,
    ...details,
  };
}
