// SPDX-License-Identifier: Apache-2.0
//
// Feeds a recording into a replay source, some seconds ahead of its playing.
import { frameOf } from "../formats/frame-of.ts";
import type { RecordingReader } from "../formats/recording.ts";
import type { Node } from "../native/node.ts";

const CHUNK_VALUES = 1 << 15;
/** Chunks fed in one go: a source that takes data as fast as they come must not keep others from their turn. */
const CHUNKS_AT_ONCE = 8;

/** An annotation or gap, at the frame of the file before which it stands. */
interface Mark {
  frame: number;
  apply(fedFrame: number): boolean;
}

export class Feeder {
  #next = 0;
  /** Frames fed before this round of a loop. */
  #base = 0;
  #chunk: Float32Array;
  #chunkStart = 0;
  #chunkFrames = 0;
  #marks: Mark[];
  #nextMark = 0;
  #ended = false;

  constructor(
    private readonly node: Node,
    private readonly reader: RecordingReader,
    private readonly loop: boolean,
  ) {
    this.#chunk = new Float32Array(chunkFrames(reader) * reader.channels.length);
    this.#marks = marksOf(reader, node);
  }

  /** Frames of the file fed so far, of all its frames; beyond 1 while it loops. */
  get progress(): number {
    return (this.#base + this.#next) / Math.max(1, this.reader.frames);
  }

  /** Tops the source up. Returns whether anything was fed. */
  pump(): boolean {
    let fed = false;
    for (let chunk = 0; chunk < CHUNKS_AT_ONCE && !this.#ended; chunk++) {
      if (this.#next >= this.reader.frames) {
        if (!this.loop || this.reader.frames === 0) return this.#end();
        this.#base += this.#next;
        this.#next = this.#nextMark = this.#chunkStart = this.#chunkFrames = 0;
      }
      this.#load();
      if (!this.#sendMarks()) return fed;
      const offset = this.#next - this.#chunkStart;
      const width = this.reader.channels.length;
      const taken = this.node.feed(this.#chunk.subarray(offset * width), this.#chunkFrames - offset);
      this.#next += taken;
      fed ||= taken > 0;
      if (this.#next < this.#chunkStart + this.#chunkFrames) return fed;
    }
    return fed;
  }

  close(): void {
    this.#ended = true;
    this.reader.close();
  }

  #end(): boolean {
    this.#ended = true;
    this.node.endFeed();
    return true;
  }

  #load(): void {
    if (this.#next < this.#chunkStart + this.#chunkFrames) return;
    this.#chunkStart = this.#next;
    this.#chunkFrames = this.reader.read(this.#next, chunkFrames(this.reader), this.#chunk);
    /* A file that shrank while it played ends where it now ends. */
    if (this.#chunkFrames === 0) {
      this.#ended = true;
      this.node.endFeed();
    }
  }

  /** Marks must stand before the frames they are about. False: no room for all of them yet. */
  #sendMarks(): boolean {
    for (; this.#nextMark < this.#marks.length; this.#nextMark++) {
      const mark = this.#marks[this.#nextMark] as Mark;
      if (mark.frame >= this.#chunkStart + this.#chunkFrames) return true;
      if (!mark.apply(this.#base + mark.frame)) return false;
    }
    return true;
  }
}

function chunkFrames(reader: RecordingReader): number {
  return Math.max(1, Math.floor(CHUNK_VALUES / reader.channels.length));
}

/** In order of frame; at one frame the gap comes first. */
function marksOf(reader: RecordingReader, node: Node): Mark[] {
  const gaps = reader.gaps.map(({ frame, lost }): Mark => ({ frame, apply: (fed) => node.feedGap(fed, lost) }));
  const events = reader.annotations.map(({ onset_s, duration_s, text }): Mark => {
    const frame = frameOf(onset_s, reader);
    return { frame, apply: (fed) => node.feedEvent(fed, duration_s, text) };
  });
  return [...gaps, ...events].sort((a, b) => a.frame - b.frame);
}
