// SPDX-License-Identifier: Apache-2.0
//
// A root shell in the machine, on a serial port that no board has: systemd's debug shell, which the harness asks for on
// the kernel's command line. Nothing in the image is changed for it.
import type { Socket } from "bun";
import { connect } from "./connect.ts";

/** What the kernel's command line needs; the port is qemu's `-device pci-serial`. */
export const ROOT_SHELL = "systemd.debug_shell=ttyS0";

const START_MS = 600_000;
const COMMAND_MS = 180_000;

export class RootShell {
  #output = "";
  #marks = 0;
  #up = false;

  private constructor(readonly socket: Socket) {}

  static async open(path: string): Promise<RootShell> {
    let shell: RootShell | undefined;
    const { socket } = await connect(path, (text) => {
      if (shell) shell.#output += text.replaceAll("\r", "");
    });
    shell = new RootShell(socket);
    return shell;
  }

  /** What it printed, both outputs together. Throws if it ended with anything but 0. */
  async run(command: string, timeout_ms = COMMAND_MS): Promise<string> {
    const { output, code } = await this.tryRun(command, timeout_ms);
    if (code !== 0) throw new Error(`"${command}" ended with ${code} in the machine:\n${output}`);
    return output;
  }

  async tryRun(command: string, timeout_ms = COMMAND_MS): Promise<{ output: string; code: number }> {
    if (!this.#up) await this.#wake();
    const mark = `mark-${++this.#marks}`;
    // The terminal echoes what is typed, so the marks are typed in two parts.
    this.socket.write(`echo 'begin-''${mark}'; { ${command}\n} 2>&1; echo 'end-''${mark}' $?\n`);
    const pattern = new RegExp(`begin-${mark}\\n([^]*?)end-${mark} (\\d+)\\n`);
    const [, output = "", code] = await this.#seen(pattern, timeout_ms, command);
    this.#output = "";
    return { output: output.replace(/^(> )+/, "").trimEnd(), code: Number(code) };
  }

  /** Types without waiting for an answer: for what ends the machine. */
  async type(command: string): Promise<void> {
    if (!this.#up) await this.#wake();
    this.socket.write(`${command}\n`);
  }

  async #wake(): Promise<void> {
    for (const deadline = Date.now() + START_MS; !/woken-up/.test(this.#output); await Bun.sleep(500)) {
      if (Date.now() > deadline) throw new Error(`no root shell within ${START_MS} ms`);
      this.socket.write("stty -echo; PS1=; PS2=; export TERM=dumb; echo woken'-'up\n");
    }
    // Other calls may still be under way: the shell is quiet once this one is through.
    this.#up = true;
    await this.run("true");
  }

  async #seen(pattern: RegExp, timeout_ms: number, command: string): Promise<RegExpMatchArray> {
    for (const deadline = Date.now() + timeout_ms; ; await Bun.sleep(20)) {
      const match = this.#output.match(pattern);
      if (match) return match;
      if (Date.now() > deadline)
        throw new Error(
          `"${command}" did not end within ${timeout_ms} ms in the machine:\n${this.#output.slice(-2000)}`,
        );
    }
  }
}
