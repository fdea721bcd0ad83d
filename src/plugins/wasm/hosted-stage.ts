// SPDX-License-Identifier: Apache-2.0
//
// A component of the world `stage` as a plugin in TypeScript: classes for native/runtimes/script/adapter.ts, which serves
// them to the engine. Runs in the plugin's process.
import type { Block, Format, Stage } from "stagebox";
import { ComponentTrap, type LoadedComponent } from "./instantiate.ts";
import { fallen, plain } from "./last-words.ts";
import { lent } from "./lent.ts";
import { type BlockFormat, StageComponent } from "./stage-component.ts";
import type { HostingTerms } from "./terms.ts";
import { componentSettings, componentValue } from "./values.ts";

type StageClass = new (params: never, format: Format) => Stage;

/** By the type of the stage. */
export function stageClasses(
  component: LoadedComponent,
  terms: HostingTerms,
  { config }: { config: object },
): Record<string, StageClass> {
  const surroundings = { memory_mb: terms.memory_mb, capabilities: lent(terms, config) };
  const create = () => StageComponent.create(component, surroundings);
  return Object.fromEntries(terms.stages.map((declared) => [declared.type, classOf(declared, create)]));
}

function classOf(
  { type, output, params: specs }: HostingTerms["stages"][number],
  create: () => StageComponent,
): StageClass {
  return class implements Stage {
    readonly output: Format;
    readonly #component: StageComponent;
    readonly #width: number;
    #packed: Float32Array;
    #hasFallen = false;

    constructor(params: Record<string, never>, format: Format) {
      const input = toBlockFormat(format);
      this.#component = this.#told(create);
      const made = this.#told(() => this.#component.init(type, componentSettings(specs, params), input));
      if (made.port !== output)
        throw plain(`init returned a format of the port ${made.port}, and plugin.toml says ${output}`);
      this.output = fromBlockFormat(made);
      this.#width = input.channels * input.values;
      this.#packed = new Float32Array(this.#width * input.max_frames);
    }

    get latency_s(): number {
      return this.#told(() => this.#component.latency_s());
    }

    process(samples: Float32Array, block: Block): Float32Array {
      const { frames, lost_before, time_ns, flags } = block;
      const info = {
        ...{ sequence: BigInt(block.sequence), first_frame: BigInt(block.first_frame) },
        ...{ time_ns, frames, lost_before, flags },
      };
      const packed = this.#pack(samples, block.stride, frames);
      return this.#told(() => this.#component.process(packed, info));
    }

    set(name: string, value: unknown): void {
      const spec = specs.find(({ id }) => id === name);
      if (spec) this.#told(() => this.#component.set(name, componentValue(spec, value as never)));
    }

    save(): Uint8Array {
      return this.#told(() => this.#component.saveState());
    }

    load(state: Uint8Array): void {
      if (state.length > 0) this.#told(() => this.#component.loadState(state));
    }

    /** Without the room between rows. */
    #pack(samples: Float32Array, stride: number, frames: number): Float32Array {
      const width = this.#width;
      if (stride === width) return samples;
      for (let frame = 0; frame < frames; frame++)
        this.#packed.set(samples.subarray(frame * stride, frame * stride + width), frame * width);
      return this.#packed.subarray(0, frames * width);
    }

    /** What went wrong, in words alone. One that fell over has no further call: its process ends, and another begins with
     * the state that was saved last. */
    #told<T>(act: () => T): T {
      if (this.#hasFallen) fallen();
      try {
        return act();
      } catch (error) {
        this.#hasFallen = error instanceof ComponentTrap;
        throw plain((error as Error).message);
      }
    }
  };
}

function toBlockFormat({ port, unit, rate_hz, channels, values, bins, bin_hz, max_frames }: Format): BlockFormat {
  if (port === "none") throw plain("a component needs an input"); // the manifest has seen to that
  return {
    ...{ port, unit, rate_hz, bin_hz, max_frames, channel_names: channels, channels: channels.length },
    ...{ values: values.length || bins || 1, ...(port === "features" && { value_names: values }) },
  };
}

function fromBlockFormat(format: BlockFormat): Format {
  const { port, unit, rate_hz, bin_hz, max_frames, channel_names, value_names = [], values } = format;
  const bins = port === "spectrum" ? values : 0;
  return { port, unit, rate_hz, bin_hz, max_frames, channels: channel_names, values: value_names, bins };
}
