// SPDX-License-Identifier: Apache-2.0
//
// The main part of one plugin on the bus: its process, what it has subscribed to, what waits for it and what it is asked.
// All that it says is hostile: what means nothing ends it, what it may not do is refused, told and counted.
import type { Library } from "../../native/library.ts";
import { MainPart, type MainPartListener } from "../../native/main-part.ts";
import type { Health, NodeStats } from "../../native/node.ts";
import { messageOf } from "../../pipeline/problem.ts";
import { quote } from "../../pipeline/words.ts";
import type { BoxEvent } from "../../runtime/events.ts";
import { isEventType } from "../manifest/rules.ts";
import type { Manifest, Permissions } from "../plugin.ts";
import { Allowance, PUBLISHING } from "./allowance.ts";
import { Complaints } from "./complaints.ts";
import { FolderNews } from "./folder-news.ts";
import { message, readMessage } from "./message.ts";
import { Outbox } from "./outbox.ts";
import { Requests } from "./requests.ts";
import { ServiceError } from "./service-error.ts";

/** How long a main part may take: to load, and to say that it listens, which it is asked once in a while. */
export interface MemberPatience {
  load_ms: number;
  ping_ms: number;
  silence_ms: number;
}

export const PATIENCE: MemberPatience = { load_ms: 20_000, ping_ms: 5000, silence_ms: 30_000 };
const UNLOAD_MS = 1000;
const MOST_CALLS = 64;
const MOST_SUBSCRIPTIONS = 256;

export interface MemberTerms {
  manifest: Manifest;
  granted: Permissions;
  /** Of the plugin, opened with `part: "main"`; the member closes it. */
  library: Library;
  /** Settings of the plugin as a whole. */
  config: object;
  /** Folders that it may read. */
  readable?: readonly string[];
  /** What goes wrong, in words. */
  fault(message: string): void;
  /** What it wrote at the end. */
  wrote(text: string): void;
  /** It took so long for an answer. */
  answered(ms: number): void;
}

/** What a member needs of the bus. */
export interface BusOfMember {
  subscribed(member: Member, type: string): void;
  /** Throws Error with the reason why it is refused. */
  publish(from: Member, type: string, body: string): void;
  /** The body of the answer. Throws ServiceError. */
  request(from: Member, service: string, body: string): Promise<string>;
}

export class Member implements MainPartListener {
  #state: "waiting" | "loading" | "ready" | "gone" | "stopped" | "ending" = "waiting";
  #reason = "";
  /** Why it is being ended; it may have gone by itself meanwhile. */
  #verdict: string | undefined;
  #part: MainPart;
  readonly #outbox = new Outbox();
  readonly #requests = new Requests();
  readonly #complaints: Complaints;
  #subscriptions = new Set<string>();
  /** Calls that it waits for, and which process of it does. */
  #calls = 0;
  #life = 0;
  #restarts = 0;
  #begunAt = 0;
  #ping = { sent_at: 0, isOpen: false };
  readonly #allowance = new Allowance();
  readonly #news: FolderNews;
  #settled = Promise.withResolvers<void>();
  #over = Promise.withResolvers<void>();

  constructor(
    readonly terms: MemberTerms,
    private readonly bus: BusOfMember,
    private readonly patience = PATIENCE,
  ) {
    this.#complaints = new Complaints(terms.fault);
    this.#part = new MainPart(terms.library, this);
    this.#news = new FolderNews(terms.readable ?? [], (change) => {
      const event = { id: 0, type: "watch.changed" as const, time: new Date().toISOString(), data: change };
      this.deliver(event.type, JSON.stringify(event));
    });
  }

  get id(): string {
    return this.terms.manifest.id;
  }

  get isReady(): boolean {
    return this.#state === "ready";
  }

  /** Lets it load. Resolves when it has, or has failed to: then whoever watches it is told. */
  async start(): Promise<void> {
    this.#settled = Promise.withResolvers();
    try {
      this.#begin();
    } catch (error) {
      this.gone(messageOf(error));
    }
    return this.#settled.promise;
  }

  /** Ends, to be started again or not; the reason is for whoever asks it something. */
  stop(reason: string): void {
    this.#lose(reason, "stopped");
    this.#part.kill("stopped");
  }

  /** Tells it to unload, and lets go of it. */
  async end(): Promise<void> {
    const isAsked = this.#state === "ready" || this.#state === "loading";
    this.#requests.fail(`${this.id} has just been stopped`);
    if (isAsked) {
      this.#state = "ending";
      this.looked();
      await Promise.race([this.#over.promise, Bun.sleep(UNLOAD_MS)]);
    }
    this.#lose("it was stopped", "stopped");
    this.terms.wrote(this.terms.library.log());
    this.#part.destroy(isAsked);
    this.terms.library.close();
  }

  // ---- what a watchdog wants ----

  watch(): Health {
    const now = performance.now();
    if (this.#state === "gone") return { state: "gone", reason: this.#reason };
    if (this.#state === "loading") {
      const { load_ms } = this.patience;
      if (now > this.#begunAt + load_ms) this.#condemn(`on_load did not return within ${load_ms / 1000} s`);
      return { state: "restarting" };
    }
    if (this.#state === "ready") this.#checkThatItListens(now);
    return { state: "well" };
  }

  restart(): void {
    this.#restarts++;
    this.#begin();
  }

  stats(): NodeStats {
    const none = { blocks: 0, frames: 0, faults: 0, p50_ns: 0, p99_ns: 0, max_ns: 0, total_ns: 0 };
    const never = { late: 0, substituted: 0, bad_blocks: 0, crashes: 0 };
    return { ...none, ...never, restarts: this.#restarts, ...this.#part.usage() };
  }

  // ---- from others ----

  hears({ type, from }: BoxEvent): boolean {
    const isListening = this.#state === "ready" || this.#state === "loading";
    return isListening && from !== this.id && (this.#subscriptions.has(type) || this.#subscriptions.has("*"));
  }

  /** An event as JSON. Never waits. */
  deliver(type: BoxEvent["type"], body: string): void {
    const { lost } = this.#outbox;
    this.#outbox.addEvent(type, body);
    if (this.#outbox.lost > lost) this.complain("lost", "does not take its events in time: the oldest are dropped");
    this.#flush();
  }

  /** The body of the answer. Throws ServiceError. */
  async ask(service: string, body: string, timeout_ms: number): Promise<string> {
    const words = `${this.id}.${service}`;
    if (!this.isReady) {
      const why = this.#state === "loading" ? "it is loading" : this.#reason || "it has not begun";
      throw new ServiceError("gone", `${this.id} is not there just now: ${why}`);
    }
    const asked_at = performance.now();
    const asked = this.#requests.add(words, timeout_ms, (number) =>
      this.#say(message(`request ${number} ${service}`, body)),
    );
    try {
      return await asked;
    } catch (error) {
      if (error instanceof ServiceError && error.failure === "late") this.complain("late", error.message);
      throw error;
    } finally {
      this.terms.answered(performance.now() - asked_at);
    }
  }

  complain(kind: string, words: string): void {
    this.#complaints.add(kind, words);
  }

  // ---- from its process ----

  said(text: string): void {
    if (this.#verdict !== undefined) return;
    const { words, body } = readMessage(text);
    const [verb = "", first = "", second = ""] = words;
    if (verb === "loaded" && this.#state === "loading") this.#becomeReady();
    else if (verb === "pong") this.#ping.isOpen = false;
    else if (verb === "subscribe") this.#subscribe(first);
    else if (verb === "publish") this.#publishEvent(first, body);
    else if (verb === "watch" && isNumber(first) && isNumber(second)) this.#watch(Number(first), Number(second), body);
    else if (verb === "unwatch" && isNumber(first)) this.#news.remove(Number(first));
    else if (verb === "call" && isNumber(first)) this.#call(first, second, body);
    else if (verb === "answer" && isNumber(first)) this.#answer(Number(first), second === "ok", body);
    else if (verb === "failed") this.#condemn(body.slice(0, 1000) || "on_load failed");
    else if (this.#state !== "ending") this.#condemn(`said ${quote(verb.slice(0, 32))}, which means nothing`);
  }

  gone(reason: string): void {
    this.#over.resolve();
    if (this.#state === "stopped" || this.#state === "ending") return;
    this.#lose(this.#verdict ?? reason, "gone");
  }

  looked(): void {
    this.#flush();
    if (this.#state !== "ending" || !this.#outbox.isEmpty) return;
    if (this.#part.send(message("unload"))) this.#state = "stopped";
  }

  #begin(): void {
    const { manifest, config } = this.terms;
    this.#part.begin(JSON.stringify({ plugin: manifest.id, version: manifest.version, config }));
    this.#life++;
    this.#verdict = undefined;
    this.#begunAt = performance.now();
    this.#state = "loading";
    this.#ping = { sent_at: this.#begunAt, isOpen: false };
  }

  #condemn(why: string): void {
    this.#verdict ??= why;
    this.#part.kill(why);
  }

  #becomeReady(): void {
    this.#state = "ready";
    this.#settled.resolve();
  }

  #lose(reason: string, state: "gone" | "stopped"): void {
    this.#reason = reason;
    this.#state = state;
    this.#subscriptions.clear();
    this.#news.clear();
    this.#outbox.clear();
    this.#requests.fail(`${this.id} fell over while it was asked: ${reason}`);
    this.#settled.resolve();
  }

  #say(text: string): void {
    if (!this.#outbox.add(text)) this.#condemn("does not take what it is answered");
    this.#flush();
  }

  #flush(): void {
    if (this.#state === "waiting" || this.#state === "gone" || this.#state === "stopped") return;
    this.#outbox.flush((text) => this.#part.send(text));
  }

  #checkThatItListens(now: number): void {
    const silent_ms = now - this.#ping.sent_at;
    const { ping_ms, silence_ms } = this.patience;
    if (this.#ping.isOpen && silent_ms > silence_ms)
      this.#condemn(`did not listen for ${silence_ms / 1000} s: a call of it does not return`);
    if (this.#ping.isOpen || silent_ms < ping_ms) return;
    this.#ping = { sent_at: now, isOpen: true };
    this.#say(message("ping"));
  }

  #subscribe(type: string): void {
    const { subscribe } = this.terms.granted;
    const named = quote(type.slice(0, 64));
    if (this.#subscriptions.has(type)) return;
    if (!isEventType(type) || this.#subscriptions.size >= MOST_SUBSCRIPTIONS)
      this.complain("subscribe", `${named} is no type of event, or one too many`);
    else if (!subscribe.includes(type) && !subscribe.includes("*"))
      this.complain("subscribe", `may not hear ${named}: ${remedy("subscribe", type)}`);
    else {
      this.#subscriptions.add(type);
      this.bus.subscribed(this, type);
    }
  }

  #watch(subscription: number, debounce_ms: number, folder: string): void {
    try {
      if (!this.terms.granted.watch)
        throw new Error(
          "plugin.toml has to ask for watch under [permissions], and an admin to grant it: --grant watch",
        );
      this.#news.add(subscription, folder, debounce_ms);
    } catch (error) {
      this.complain("watch", `cannot watch ${quote(folder.slice(0, 256))}: ${messageOf(error)}`);
    }
  }

  #publishEvent(type: string, body: string): void {
    try {
      if (this.#allowance.take(body)) this.bus.publish(this, type, body);
      else
        this.complain("flood", `publishes more than ${PUBLISHING.rate} events or KB a second: what is more is dropped`);
    } catch (error) {
      this.complain("publish", `publishes ${quote(type.slice(0, 64))}: ${messageOf(error)}`);
    }
  }

  #call(number: string, service: string, body: string): void {
    const life = this.#life;
    const settle = (words: string, answer: string) => {
      this.#calls--;
      if (life === this.#life) this.#say(message(`answer ${number} ${words}`, answer));
    };
    const isTooMuch = this.#calls++ >= MOST_CALLS;
    const called = isTooMuch
      ? Promise.reject(new ServiceError("busy", `${this.id} waits for ${MOST_CALLS} answers already`))
      : this.bus.request(this, service, body);
    called.then(
      (answer) => settle("ok", answer),
      (error) => settle("error", messageOf(error)),
    );
  }

  #answer(number: number, isWell: boolean, body: string): void {
    if (!this.#requests.settle(number, isWell, body))
      this.complain("answer", "answers what nobody asked, or what it has answered already");
  }
}

export function remedy(right: "subscribe" | "publish" | "services", name: string): string {
  return `plugin.toml has to ask for it (${right} under [permissions]), and an operator to grant it: --grant ${right}=${name.slice(0, 64)}`;
}

function isNumber(word: string): boolean {
  return /^\d{1,15}$/.test(word);
}
