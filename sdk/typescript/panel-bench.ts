// SPDX-License-Identifier: Apache-2.0
//
// A console for one panel: what is on its streams and its bus is what a test says, and what the panel asks for is kept.
import type { BoxEvent, Console, Json, ReactLike, Rows } from "./stagebox.ts";

export interface ConsoleOptions {
  React: object;
  /** By the stage's id. */
  rows?: Record<string, Rows>;
  /** The last of each type. */
  events?: Record<string, Json>;
  services?: Record<string, (request: Json) => unknown>;
}

export interface DeskConsole extends Console {
  calls: { service: string; request: Json }[];
  /** What somebody does who presses the button of that name, in what was rendered last. */
  press(name: string): unknown;
}

export function deskConsole({ React, rows = {}, events = {}, services = {} }: ConsoleOptions): DeskConsole {
  const calls: DeskConsole["calls"] = [];
  const buttons = new Map<string, () => unknown>();
  const real = React as ReactLike;
  const createElement: ReactLike["createElement"] = (type, props, ...children) => {
    const { onClick } = (props ?? {}) as { onClick?: () => unknown };
    if (onClick) buttons.set(children.join(""), onClick);
    return real.createElement(type, props, ...children);
  };
  return {
    React: { ...real, createElement },
    calls,
    useRows: (stage) => rows[stage],
    useEvent: (type) =>
      type in events ? ({ id: 1, type, time: "", lost: 0, data: events[type] } as BoxEvent) : undefined,
    call: async (service, request) => {
      calls.push({ service, request });
      return (await services[service]?.(request)) as Json;
    },
    press(name) {
      const button = buttons.get(name);
      if (!button)
        throw new Error(`there is no button "${name}"; there are ${[...buttons.keys()].join(", ") || "none"}`);
      return button();
    },
  };
}
