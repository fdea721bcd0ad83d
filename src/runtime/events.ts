// SPDX-License-Identifier: Apache-2.0
//
// What happens on the box, for whoever wants to know: the log, server-sent events, plugins.

export interface BoxEvent {
  /** Counts all events since start. */
  id: number;
  type: EventType;
  /** ISO 8601, UTC. */
  time: string;
  data: Record<string, unknown>;
}

export type EventType =
  | "SystemInit"
  | "SystemShutdown"
  | "PipelineStarted"
  | "PipelineStopped"
  | "PipelineEnded"
  | "StageOp" // the graph was edited
  | "Marker"
  | "RecordingStarted"
  | "RecordingClosed"
  | "PluginState" // a plugin is disabled, loading, ready or in error
  | "PluginLoaded" // a version of it is open
  | "PluginUnloaded" // one is let go of: for another, or for good
  | "PluginFault" // it crashed, hung, or put out what it must not
  | "SafeMode" // something is left out from now on, or no more
  | "BackendChanged" // other kernels compute from now on
  | "Update" // one is taken in, tried, kept or taken back
  | "Notice";

type Subscriber = (event: BoxEvent) => void;

/** Hands each event to every subscriber; one that throws hurts nobody. Keeps the latest for those who come late. */
export class EventBus {
  #subscribers = new Set<Subscriber>();
  #recent: BoxEvent[] = [];
  #count = 0;

  publish(type: EventType, data: Record<string, unknown> = {}): void {
    const event = { id: ++this.#count, type, time: new Date().toISOString(), data };
    this.#recent.push(event);
    if (this.#recent.length > 256) this.#recent.shift();
    for (const subscriber of this.#subscribers) {
      try {
        subscriber(event);
      } catch (error) {
        console.error(`a subscriber failed on ${type}:`, error);
      }
    }
  }

  /** Events after number `after` at once, then each as it happens; call the result to stop. */
  subscribe(subscriber: Subscriber, after = this.#count): () => void {
    for (const event of this.#recent) if (event.id > after) subscriber(event);
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }
}
