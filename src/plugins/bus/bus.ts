// SPDX-License-Identifier: Apache-2.0
//
// Where plugins hear of each other: events of the box and of plugins go to the main parts that have subscribed to them,
// requests to the plugin that has the service. Whatever passes is checked against what its plugin's manifest says of it,
// and against what the operator granted. Nobody waits for anybody.
import { messageOf } from "../../pipeline/problem.ts";
import { suggestion } from "../../pipeline/suggest.ts";
import { quote } from "../../pipeline/words.ts";
import { NotFoundError } from "../../runtime/box.ts";
import type { BoxEvent, EventBus, PluginEventType } from "../../runtime/events.ts";
import { type Actor, BOX } from "../../store/audit.ts";
import type { Role } from "../../store/tokens.ts";
import { isPluginName } from "../manifest/rules.ts";
import type { ServiceNotice } from "../plugin.ts";
import { BOX_ID } from "./box-service.ts";
import { BoxServices } from "./box-services.ts";
import { inWords } from "./in-words.ts";
import { type BusOfMember, Member, type MemberPatience, type MemberTerms, PATIENCE, remedy } from "./member.ts";
import { PAYLOAD_LIMITS, readJson } from "./message.ts";
import { payloadProblems } from "./payload.ts";
import { ServiceError } from "./service-error.ts";

/** A service that can be called, or could. */
export interface ServiceView extends ServiceNotice {
  plugin: string;
  /** Its plugin is there to answer. */
  ready: boolean;
  /** What a person needs to call it. */
  role: Role;
}

/** For whoever is no plugin. */
export interface Services {
  services(): ServiceView[];
  /** The answer. Throws ServiceError; NotFoundError where there is no such service; of the box's own what they throw. */
  call(plugin: string, service: string, request: unknown, by?: Actor): Promise<unknown>;
}

/** A service that was asked for, whoever has it. */
interface Asked {
  notice: ServiceNotice;
  answer(body: string): Promise<string>;
  complain(words: string): void;
}

export class PluginBus implements BusOfMember, Services {
  readonly #members = new Map<string, Member>();
  /** For those that come up after the box. */
  #begun: BoxEvent | undefined;
  #own = new BoxServices();

  constructor(
    private readonly events: EventBus,
    private readonly patience: MemberPatience = PATIENCE,
  ) {
    events.subscribe((event) => this.#deliver(event), 0);
  }

  /** Takes the place of the plugin's member that was there. */
  join(terms: MemberTerms): Member {
    const member = new Member(terms, this, this.patience);
    this.#members.set(member.id, member);
    return member;
  }

  leave(member: Member): void {
    if (this.#members.get(member.id) === member) this.#members.delete(member.id);
  }

  /** What the box itself does for whoever asks it. */
  offer(services: BoxServices): void {
    this.#own = services;
  }

  services(): ServiceView[] {
    const own = this.#own.list().map(
      ({ name, description, request, answer, timeout_ms, role }): ServiceView => ({
        ...{ plugin: BOX_ID, name, description, request, answer, timeout_ms, ready: true, role },
      }),
    );
    const others = [...this.#members.values()].flatMap(({ id, isReady, terms }) =>
      terms.manifest.services.map(
        (service): ServiceView => ({ plugin: id, ...service, ready: isReady, role: "operator" }),
      ),
    );
    return [...own, ...others];
  }

  async call(plugin: string, service: string, request: unknown, by = BOX): Promise<unknown> {
    const name = `${plugin}.${service}`;
    try {
      return JSON.parse(await this.#ask(name, JSON.stringify(request ?? null), by));
    } catch (error) {
      if (error instanceof ServiceError && error.failure === "unknown") throw new NotFoundError(error.message);
      throw error;
    }
  }

  // ---- from members ----

  subscribed(member: Member, type: string): void {
    if (this.#begun && (type === "SystemInit" || type === "*"))
      member.deliver(this.#begun.type, JSON.stringify(this.#begun));
  }

  publish(from: Member, type: string, body: string): void {
    if (!isPluginName(type)) throw new Error("that is no plugin's event; write one as in my-plugin.found");
    if (!from.terms.granted.publish.includes(type)) throw new Error(`it may not: ${remedy("publish", type)}`);
    const [owner = "", name = ""] = type.split(".");
    const notice = this.#members.get(owner)?.terms.manifest.events.find((it) => it.name === name);
    if (owner !== from.id && !notice?.from.includes(from.id))
      throw new Error(`${owner} has no such event, or does not name ${from.id} under from`);
    const data = checked(body, PAYLOAD_LIMITS.event_bytes, notice?.schema ?? {});
    if (typeof data !== "object" || data === null || Array.isArray(data))
      throw new Error("what it carries is no object");
    const bytes = Buffer.byteLength(JSON.stringify(data)); // 1e20 is longer written out
    if (bytes > PAYLOAD_LIMITS.event_bytes)
      throw new Error(`it has ${bytes} bytes written out, and may have ${PAYLOAD_LIMITS.event_bytes}`);
    this.events.publishFrom(from.id, type as PluginEventType, data as Record<string, unknown>);
  }

  async request(from: Member, service: string, body: string): Promise<string> {
    if (!isPluginName(service))
      throw new ServiceError("unknown", "that is no service; write one as in other-plugin.count");
    if (!from.terms.granted.services.includes(service))
      throw new ServiceError("refused", `${from.id} may not call ${service}: ${remedy("services", service)}`);
    try {
      return await this.#ask(service, body, { name: from.id, role: "plugin" });
    } catch (error) {
      throw inWords(error, service);
    }
  }

  async #ask(name: string, body: string, by: Actor): Promise<string> {
    const { notice, answer, complain } = this.#find(name, by);
    fits(`the request to ${name}`, body, notice.request, "invalid");
    const answered = await answer(body);
    try {
      fits(`the answer of ${name}`, answered, notice.answer, "failed");
    } catch (error) {
      complain(messageOf(error));
      throw error;
    }
    return answered;
  }

  #find(name: string, by: Actor): Asked {
    const [owner = "", service = ""] = name.split(".");
    const own = owner === BOX_ID ? this.#own.get(service) : undefined;
    if (own)
      return {
        notice: own,
        answer: async (body) => JSON.stringify((await this.#own.call(own, JSON.parse(body), by)) ?? null),
        complain: (words) => console.error(words),
      };
    const member = this.#members.get(owner);
    const notice = member?.terms.manifest.services.find((it) => it.name === service);
    if (!member || !notice) {
      const known = this.services().map((it) => `${it.plugin}.${it.name}`);
      throw new ServiceError("unknown", `there is no service ${quote(name)}; ${suggestion(name, known)}`);
    }
    return {
      notice,
      answer: (body) => member.ask(service, body, notice.timeout_ms),
      complain: (words) => member.complain("misfit", words),
    };
  }

  #deliver(event: BoxEvent): void {
    if (event.type === "SystemInit") this.#begun = event;
    let body: string | undefined;
    for (const member of this.#members.values()) {
      if (!member.hears(event)) continue;
      body ??= JSON.stringify(event);
      member.deliver(event.type, body);
    }
  }
}

/** Throws ServiceError with all that is wrong. */
function fits(what: string, text: string, schema: ServiceNotice["request"], failure: "invalid" | "failed"): void {
  try {
    checked(text, PAYLOAD_LIMITS.service_bytes, schema);
  } catch (error) {
    throw new ServiceError(failure, `${what} does not fit: ${messageOf(error)}`);
  }
}

/** What the text says. Throws Error with all that is wrong with it. */
function checked(text: string, most_bytes: number, schema: ServiceNotice["request"]): unknown {
  const read = readJson(text, most_bytes);
  if ("problem" in read) throw new Error(`it ${read.problem}`);
  const problems = payloadProblems(read.value, schema);
  if (problems.length > 0) throw new Error(problems.join("; "));
  return read.value;
}
