// SPDX-License-Identifier: Apache-2.0
//
// Whenever a pipeline starts, asks the box which file it replays and watches the folder of that one. When the file has
// changed enough, asks the box to start the replay once more; one that the box cannot read leaves the replay as it is.
import { write } from "stagebox:plugin/log@0.1.0";
import { publish } from "stagebox:plugin/relay@0.1.0";
import { call } from "stagebox:plugin/services@0.1.0";
import { subscribe, unsubscribe } from "stagebox:plugin/watch@0.1.0";
import { bytesOf, isOf, placeOf } from "./replayed-file.js";

const settings = {};
/** What is done with the answers that are still to come, by the numbers of the calls. */
const waiting = new Map();
/** The replay that runs: its file, where that lies, how long it was, and how often it has changed since. */
let replay;

/** The interface `lifecycle` of plugins/wit/worlds.wit. */
export const lifecycle = {
  init(config) {
    for (const { id, value } of config) settings[id] = value.val;
    ask("stagebox.graph", follow);
  },
  handleEvent({ name, data }) {
    const it = JSON.parse(data);
    if (name === "PipelineStarted") ask("stagebox.graph", follow);
    else if (name === "PipelineStopped") follow({});
    else if (name === "watch.changed") changed(it);
    else if (name === "service.answer") answered(it);
  },
  shutdown() {},
};

function ask(service, then) {
  waiting.set(call(service, "{}"), then);
}

function answered({ call: number, answer, error }) {
  const then = waiting.get(number);
  waiting.delete(number);
  then?.(answer ?? {}, error);
}

/** Where nothing runs there is no source. */
function follow({ source }) {
  if (replay) unsubscribe(replay.subscription);
  replay = undefined;
  if (source?.type !== "replay") return;
  const { file } = source.params;
  const place = placeOf(file);
  if (!place) {
    write("warning", `${file} lies in no folder that it was granted; --grant read= names its folder`);
    return;
  }
  const subscription = subscribe(place.grant, place.folder, settings.debounce_ms);
  replay = { file, place, subscription, bytes: bytesOf(place), changes: 0 };
  write("info", `watches ${file}`);
}

function changed({ subscription, paths, more }) {
  if (subscription !== replay?.subscription) return;
  if (!more && !paths.some((path) => isOf(replay.place, path))) return;
  replay.changes++;
  const bytes = bytesOf(replay.place);
  if (bytes === undefined) write("info", `${replay.file} is gone; waits until it is there again`);
  else if (isEnough(bytes)) reload(replay, bytes);
  else write("debug", `${replay.file} has changed ${replay.changes} times, and has ${bytes} bytes: not enough yet`);
}

/** `replay.bytes` is unknown where the file had gone before anybody looked. */
function isEnough(bytes) {
  const difference = Math.abs(bytes - (replay.bytes ?? 0));
  return replay.changes >= settings.least_changes && difference >= settings.least_bytes;
}

/** The box tells that it has started, and the count begins anew; where it could not, the next change is tried. */
function reload({ file, changes }, bytes) {
  ask("stagebox.restart_source", ({ revision }, error) => {
    if (error !== undefined) {
      write("warning", `${file} has changed, but was not read anew: ${error}`);
      return;
    }
    write("info", `${file} is read anew`);
    publish("auto-reload.reloaded", JSON.stringify({ file, changes, bytes, revision }));
  });
}
