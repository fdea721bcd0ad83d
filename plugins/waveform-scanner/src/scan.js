// SPDX-License-Identifier: Apache-2.0
//
// The recordings in a granted folder, by their names alone: nobody reads what is in a file.
import { listDir, readMetadata } from "stagebox:plugin/filesystem@0.1.0";
import { write } from "stagebox:plugin/log@0.1.0";

/** A folder with more is no folder of recordings, and looking through it would take too long. */
const MOST = { recordings: 5000, folders: 2000 };

export function recordingsIn(folder, { extensions, depth }) {
  const wanted = new Set(extensions.map((it) => it.toLowerCase().replace(/^\./, "")));
  const recordings = [];
  const paths = [""];
  // What is appended meanwhile is walked, too.
  for (const path of paths) {
    const entries = entriesOf(folder, path);
    const names = new Set(entries.map(({ name }) => name.toLowerCase()));
    for (const { name, kind } of entries) {
      const below = path === "" ? name : `${path}/${name}`;
      if (kind === "directory" && partsOf(below) <= depth && !name.startsWith(".")) paths.push(below);
      const isRecording = kind === "file" && wanted.has(endingOf(name)) && !isPart(name.toLowerCase(), names);
      const recording = isRecording && described(folder, below);
      if (recording) recordings.push(recording);
    }
    if (recordings.length >= MOST.recordings || paths.length >= MOST.folders) {
      write("warning", `${folder} has too many files: it was not looked through to the end`);
      break;
    }
  }
  return recordings.slice(0, MOST.recordings).sort((one, other) => (one.path < other.path ? -1 : 1));
}

function partsOf(path) {
  return path.split("/").length;
}

function endingOf(name) {
  return name.slice(name.lastIndexOf(".") + 1).toLowerCase();
}

/** Samples of a WFDB recording, which its .hea stands for. */
function isPart(name, names) {
  return name.endsWith(".dat") && names.has(name.replace(/dat$/, "hea"));
}

function entriesOf(folder, path) {
  try {
    return listDir(folder, path);
  } catch (error) {
    write("warning", `${folder}/${path} cannot be looked into: ${error.payload ?? error}`);
    return [];
  }
}

/** Undefined: it has gone meanwhile. */
function described(folder, path) {
  try {
    const { size, modifiedMs } = readMetadata(folder, path);
    return { folder, path, bytes: Number(size), modified_ms: Number(modifiedMs) };
  } catch {
    return undefined;
  }
}
