// SPDX-License-Identifier: Apache-2.0
//
// The tools of toolchain.ts are components themselves, and want WASI: files, streams, an environment. tsconfig.json puts
// this in its place, so that what reads a stranger's component has none of it, and no thread is started for it.

/** What they print goes nowhere: what they have to say they return. */
class OutputStream {
  checkWrite(): bigint {
    return 4096n;
  }
  write(): void {}
  blockingWriteAndFlush(): void {}
  blockingFlush(): void {}
}
class InputStream {
  blockingRead(): never {
    throw { tag: "closed" };
  }
}
class Nothing {}
const output = new OutputStream();
const input = new InputStream();
const none = () => undefined;

export const environment = { getEnvironment: (): [] => [] };
export const exit = {
  exit(): never {
    throw new Error("the tool gave up");
  },
};
export const stdin = { getStdin: () => input };
export const stdout = { getStdout: () => output };
export const stderr = { getStderr: () => output };
export const terminalInput = { TerminalInput: Nothing };
export const terminalOutput = { TerminalOutput: Nothing };
export const terminalStdin = { getTerminalStdin: none };
export const terminalStdout = { getTerminalStdout: none };
export const terminalStderr = { getTerminalStderr: none };
export const preopens = { getDirectories: (): [] => [] };
export const types = { Descriptor: Nothing, DirectoryEntryStream: Nothing, filesystemErrorCode: none };
export const error = { Error: Nothing };
export const streams = { InputStream, OutputStream };
export const random = {
  /** Seeds of hash tables. */
  getRandomBytes: (count: bigint): Uint8Array => crypto.getRandomValues(new Uint8Array(Number(count))),
};
