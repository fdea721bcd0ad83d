// SPDX-License-Identifier: Apache-2.0
//
// Finds recordings, publishes what has come, changed and gone since it looked before, and lists them to whoever asks. It
// looks when it begins, and whenever a folder has changed and then been quiet.
import { grants } from "stagebox:plugin/filesystem@0.1.0";
import { write } from "stagebox:plugin/log@0.1.0";
import { publish } from "stagebox:plugin/relay@0.1.0";
import { answer } from "stagebox:plugin/services@0.1.0";
import { subscribe } from "stagebox:plugin/watch@0.1.0";
import { changes } from "./changes.js";
import { pageFrom, pagesOf } from "./pages.js";
import { recordingsIn } from "./scan.js";

const settings = {};
let found = [];

/** The interface `lifecycle` of plugins/wit/worlds.wit. */
export const lifecycle = {
  init(config) {
    for (const { id, value } of config) settings[id] = value.val;
    for (const grant of grants()) watch(grant);
    look();
  },
  handleEvent({ name, data }) {
    const { request, body } = JSON.parse(data);
    if (name === "watch.changed") look();
    else if (name === "service.request") answer(request, JSON.stringify(listed(body)));
  },
  shutdown() {},
};

function watch(grant) {
  try {
    subscribe(grant, "", settings.debounce_ms);
  } catch (error) {
    write("warning", `${grant}: changes go unnoticed: ${error.payload ?? error}`);
  }
}

function look() {
  const before = found;
  found = grants().flatMap((grant) => recordingsIn(grant, settings));
  const news = changes(before, found);
  if (news.length === 0) return;
  write("info", `${found.length} recordings, of which ${news.length} are news`);
  tell(news);
}

function tell(news) {
  const pages = pagesOf(news);
  try {
    for (const [index, recordings] of pages.entries()) {
      const event = { total: found.length, page: index + 1, pages: pages.length, recordings };
      publish("waveform-scanner.found", JSON.stringify(event));
    }
  } catch (error) {
    const words = error.payload?.val ?? error.payload?.tag ?? error;
    write("warning", `not all of it could be told (${words}); waveform-scanner.list has it`);
  }
}

function listed({ folder, offset = 0 }) {
  const wanted = folder === undefined ? found : found.filter((it) => it.folder === folder);
  const recordings = pageFrom(wanted, offset);
  const next = offset + recordings.length;
  return { total: wanted.length, recordings, ...(next < wanted.length && { next }) };
}
