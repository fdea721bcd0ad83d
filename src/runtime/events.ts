// SPDX-License-Identifier: Apache-2.0
//
// What happens on the box, for whoever wants to know: the log, server-sent events, plugins.

export interface BoxEvent {
  /** Counts all events since start. */
  id: number;
  type: EventType | PluginEventType;
  /** ISO 8601, UTC. */
  time: string;
  data: Record<string, unknown>;
  /** The plugin that published it. */
  from?: string;
}

/** `my-plugin.found` */
export type PluginEventType = `${string}.${string}`;

export type EventType =
  | "SystemInit"
  | "SystemShutdown"
  | "PipelineStarted"
  | "PipelineStopped"
  | "PipelineEnded"
  | "StageOp" // the graph was edited
  | "Marker"
  | "EpochStart" // a stage has cut one out of the signal: where it began
  | "EpochEnd" // and where it was over
  | "RecordingStarted"
  | "RecordingClosed"
  | "ExportDone" // a recording is there in another format, or why it is not
  | "PluginState" // a plugin is disabled, loading, ready or in error
  | "PluginLoaded" // a version of it is open
  | "PluginUnloaded" // one is let go of: for another, or for good
  | "PluginFault" // it crashed, hung, or put out what it must not
  | "SafeMode" // something is left out from now on, or no more
  | "BackendChanged" // other kernels compute from now on
  | "Update" // one is taken in, tried, kept or taken back
  | "Notice";

const MOST_RECENT = { box: 256, plugins: 64 };

type Subscriber = (event: BoxEvent) => void;

/** Hands each event to every subscriber; one that throws hurts nobody. Keeps the latest for those who come late. */
export class EventBus {
  #subscribers = new Set<Subscriber>();
  #recent: BoxEvent[] = [];
  /** Apart, so that a plugin that has much to tell takes no other's place; and fewer, since they may be long. */
  #recentOfPlugins: BoxEvent[] = [];
  #count = 0;

  publish(type: EventType, data: Record<string, unknown> = {}): void {
    this.#publish({ id: ++this.#count, type, time: new Date().toISOString(), data }, this.#recent, MOST_RECENT.box);
  }

  publishFrom(from: string, type: PluginEventType, data: Record<string, unknown>): void {
    const event = { id: ++this.#count, type, time: new Date().toISOString(), data, from };
    this.#publish(event, this.#recentOfPlugins, MOST_RECENT.plugins);
  }

  #publish(event: BoxEvent, recent: BoxEvent[], most: number): void {
    recent.push(event);
    if (recent.length > most) recent.shift();
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(event);
      } catch (error) {
        console.error(`a subscriber failed on ${event.type}:`, error);
      }
    }
  }

  /** Events after number `after` at once, then each as it happens; call the result to stop. */
  subscribe(subscriber: Subscriber, after = this.#count): () => void {
    const missed = [...this.#recent, ...this.#recentOfPlugins].filter(({ id }) => id > after);
    for (const event of missed.sort((a, b) => a.id - b.id)) subscriber(event);
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }
}
