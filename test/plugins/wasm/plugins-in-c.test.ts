// SPDX-License-Identifier: Apache-2.0
//
// A component of the world `plugin` in C: every capability from within, and what it makes of JSON.
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type Capabilities, CapabilityError } from "../../../src/plugins/wasm/capabilities.ts";
import { grantedFolders } from "../../../src/plugins/wasm/granted-folders.ts";
import { ComponentRefusal } from "../../../src/plugins/wasm/instantiate.ts";
import { PluginComponent } from "../../../src/plugins/wasm/plugin-component.ts";
import { componentSettings } from "../../../src/plugins/wasm/values.ts";
import { testFolders } from "../folders.fixture.ts";
import { built, hasClang, loaded } from "./components.fixture.ts";

setDefaultTimeout(60_000);
const { fresh } = testFolders();
const made = async (source: string, capabilities: Capabilities = {}) =>
  PluginComponent.create(
    await loaded(await built(fresh(), "plugin.c", source, { stages: {}, type: "integration" }), "plugin"),
    { memory_mb: 32, capabilities },
  );

/** What an event's name says is done with what its data holds; what comes of it is its failure. */
const DOES = `
#include <stagebox-plugin.h>
#include <stdio.h>
#include <stdlib.h>
static char said[4096];
static sb_failure init(const sb_setting *settings, uint32_t count) {
  snprintf(said, sizeof said, "%u settings, %.*s", count, (int)settings[0].id.length, settings[0].id.bytes);
  sb_log(SB_LOG_INFO, said);
  return NULL;
}
static const char *text(const sb_event *event, const char *name) {
  const sb_text it = sb_json_member(event->data, name);
  if (it.length < 2) return "";
  char *copy = calloc(1, it.length);
  memcpy(copy, it.bytes + 1, it.length - 2);
  return copy;
}
static sb_failure handle_event(const sb_event *event) {
  const char *one = text(event, "one"), *other = text(event, "other");
  uint32_t number = 0;
  sb_metadata metadata = {0};
  sb_entries entries = {0};
  sb_failure failure = NULL;
  size_t at = 0;
  said[0] = 0;
  if (sb_text_is(event->name, "call")) failure = sb_call(one, other, &number);
  else if (sb_text_is(event->name, "publish")) failure = sb_publish(one, other);
  else if (sb_text_is(event->name, "watch")) failure = sb_watch(one, other, 500, &number);
  else if (sb_text_is(event->name, "unwatch")) sb_unwatch(7);
  else if (sb_text_is(event->name, "look")) failure = sb_read_metadata(one, other, &metadata);
  else if (sb_text_is(event->name, "list")) failure = sb_list_dir(one, other, &entries);
  else if (sb_text_is(event->name, "grants")) {
    const sb_texts grants = sb_grants();
    for (uint32_t i = 0; i < grants.count; i++)
      at += (size_t)snprintf(said + at, sizeof said - at, "%.*s;", (int)grants.items[i].length, grants.items[i].bytes);
  }
  if (failure) return failure;
  for (uint32_t i = 0; i < entries.count; i++)
    at += (size_t)snprintf(said + at, sizeof said - at, "%.*s %u;", (int)entries.items[i].name.length, entries.items[i].name.bytes, entries.items[i].kind);
  snprintf(said + at, sizeof said - at, "%u %u %llu %llu at %llu", number, metadata.kind, metadata.size, metadata.modified_ms, event->time_ms);
  return said;
}
static sb_failure serve(uint32_t request, sb_text service, sb_text body) {
  if (sb_text_is(service, "never")) return "not today";
  snprintf(said, sizeof said, "[%.*s, \\"%.*s\\"]", (int)body.length, body.bytes, (int)service.length, service.bytes);
  return sb_answer(request, said);
}
static void shut(void) { sb_log(SB_LOG_WARNING, "bye"); }
const sb_plugin stagebox_plugin = {.init = init, .handle_event = handle_event, .serve = serve, .shutdown = shut};
`;

const heard = (plugin: PluginComponent, name: string, data: object): string => {
  try {
    plugin.handleEvent({ name, time_ms: 1.5e12, data: JSON.stringify(data) });
    return "";
  } catch (error) {
    if (error instanceof ComponentRefusal) return error.message;
    throw error;
  }
};

describe.skipIf(!hasClang)("in C", () => {
  test("every capability is there, and its errors come as words", async () => {
    const folder = join(fresh(), "recordings");
    mkdirSync(join(folder, "deep"), { recursive: true });
    writeFileSync(join(folder, "a.edf"), "1234");
    const calls: unknown[] = [];
    const refusing = (tag: "not-granted" | "too-many" | "too-fast") => new CapabilityError({ tag } as never);
    const plugin = await made(DOES, {
      log: { write: (...args) => void calls.push(["log", ...args]) },
      filesystem: grantedFolders(new Map([["recordings", folder]])),
      watch: {
        subscribe(grant, path, debounce_ms) {
          if (grant !== "recordings") throw new CapabilityError("too-many");
          calls.push(["watch", path, debounce_ms]);
          return 7;
        },
        unsubscribe: (subscription) => void calls.push(["unwatch", subscription]),
      },
      relay: {
        publish(channel, payload) {
          if (channel === "odd") throw new CapabilityError({ tag: "bad-payload", val: "/x must be a number" });
          if (channel === "much") throw refusing("too-fast");
          calls.push([channel, payload]);
        },
      },
      services: {
        call(service, request) {
          if (service === "none") throw refusing("not-granted");
          if (service === "much") throw refusing("too-many");
          calls.push([service, request]);
          return 41;
        },
        answer: (...args) => void calls.push(["answer", ...args]),
        refuse: (...args) => void calls.push(["refuse", ...args]),
      },
    });
    plugin.init(componentSettings([{ id: "extension", kind: "text" }], { extension: ".edf" }));
    const does = (name: string, one = "", other = "") => heard(plugin, name, { one, other });
    const modified = Math.round(statSync(join(folder, "a.edf")).mtimeMs);
    expect(does("grants")).toBe("recordings;0 0 0 0 at 1500000000000");
    expect(does("list", "recordings")).toBe("a.edf 0;deep 1;0 0 0 0 at 1500000000000");
    expect(does("look", "recordings", "a.edf")).toBe(`0 0 4 ${modified} at 1500000000000`);
    expect(does("look", "recordings", "b.edf")).toBe("nothing is there");
    expect(does("list", "recordings", "a.edf")).toBe("that is no folder");
    expect(does("list", "recordings", "../x")).toBe("that path is not taken");
    expect(does("list", "elsewhere")).toBe("it was not granted");
    expect(does("watch", "recordings", "deep")).toBe("7 0 0 0 at 1500000000000");
    expect(does("watch", "others")).toBe("it watches too many folders");
    expect(does("unwatch")).toStartWith("0 0");
    expect(does("publish", "finder.found", "{}")).toStartWith("0 0");
    expect(does("publish", "odd", "{}")).toBe("it does not fit: /x must be a number");
    expect(does("publish", "much", "{}")).toBe("that is more than the box takes at a time");
    expect(does("call", "other.count", "3")).toStartWith("41 0");
    expect(does("call", "none", "3")).toBe("it was not granted");
    expect(does("call", "much", "3")).toBe("that is more than the box takes at a time");
    expect(heard(plugin, "service.request", { request: 9, service: "echo", body: { x: ["}", null] } })).toBe("");
    expect(heard(plugin, "service.request", { request: 10, service: "never", body: null })).toBe("");
    plugin.shutdown();
    expect(calls).toEqual([
      ["log", "info", "1 settings, extension"],
      ["watch", "deep", 500],
      ["unwatch", 7],
      ["finder.found", "{}"],
      ["other.count", "3"],
      ["answer", 9, '[{"x":["}",null]}, "echo"]'],
      ["refuse", 10, "not today"],
      ["log", "warning", "bye"],
    ]);
  });

  test("a member of any JSON object is found as it stands there", async () => {
    const plugin = await made(`
#include <stagebox-plugin.h>
#include <stdlib.h>
static sb_failure init(const sb_setting *settings, uint32_t count) { return (void)settings, (void)count, NULL; }
static char *kept;
static sb_failure handle_event(const sb_event *event) {
  char name[64] = "";
  memcpy(name, event->name.bytes, event->name.length);
  const sb_text it = sb_json_member(event->data, name);
  free(kept);
  kept = calloc(1, it.length + 2);
  kept[0] = ':';
  if (it.length > 0) memcpy(kept + 1, it.bytes, it.length);
  return kept;
}
const sb_plugin stagebox_plugin = {.init = init, .handle_event = handle_event};
`);
    plugin.init([]);
    const member = (name: string, data: string) => {
      try {
        plugin.handleEvent({ name, time_ms: 0, data });
      } catch (error) {
        if (error instanceof ComponentRefusal) return error.message.slice(1);
        throw error;
      }
      throw new Error("it said nothing");
    };
    const name = fc.stringMatching(/^[a-z]{1,4}$/);
    const object = fc.dictionary(fc.oneof(name, fc.string({ unit: "grapheme" })), fc.jsonValue(), {
      noNullPrototype: true,
    });
    const layout = fc.constantFrom("", "  ", "\t");
    fc.assert(
      fc.property(object, name, fc.jsonValue(), layout, (others, wanted, value, space) => {
        const found = member(wanted, JSON.stringify({ ...others, [wanted]: value }, null, space));
        expect(found).toBe(JSON.stringify(value, null, space).replaceAll("\n", `\n${space}`));
        const { [wanted]: _, ...rest } = others;
        expect(member(wanted, JSON.stringify(rest, null, space))).toBe("");
      }),
    );
    for (const data of ["", "{", '{"a', '{"a"', '{"a":', '{"a":"', "[1]", "null", '"a"', '{"a":"\\'])
      expect(member("a", data).length).toBeLessThanOrEqual(2);
  });
});
