// SPDX-License-Identifier: Apache-2.0
//
// qemu's own console (QMP): a line of JSON each way.
import { type Connection, connect } from "./connect.ts";

export interface QmpEvent {
  event: string;
  data: Record<string, unknown>;
}

type Message = Partial<QmpEvent> & { return?: unknown; error?: { desc: string }; QMP?: unknown };

export class Qmp {
  readonly events: QmpEvent[] = [];
  #answer: ((message: Message) => void) | undefined;
  #rest = "";

  private constructor(readonly connection: Connection) {}

  static async open(path: string): Promise<Qmp> {
    let qmp: Qmp | undefined;
    const early: string[] = [];
    const connection = await connect(path, (text) => {
      if (qmp) qmp.#receive(text);
      else early.push(text);
    });
    qmp = new Qmp(connection);
    for (const text of early) qmp.#receive(text);
    await qmp.execute("qmp_capabilities");
    return qmp;
  }

  /** One at a time. */
  async execute(command: string, parameters: Record<string, unknown> = {}): Promise<unknown> {
    const answer = new Promise<Message>((resolve) => {
      this.#answer = resolve;
    });
    this.connection.socket.write(`${JSON.stringify({ execute: command, arguments: parameters })}\n`);
    const { error, return: result } = await answer;
    if (error) throw new Error(`qemu: ${command}: ${error.desc}`);
    return result;
  }

  #receive(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = JSON.parse(line) as Message;
      if (message.event) this.events.push({ event: message.event, data: message.data ?? {} });
      else if (!message.QMP) this.#answer?.(message);
    }
  }
}
