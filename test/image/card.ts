// SPDX-License-Identifier: Apache-2.0
//
// A memory card whose power can be cut. qemu reaches it as a network block device (NBD, simple replies) on a socket.
// Killing qemu alone would prove little: what the guest has written is in this machine's page cache and outlives it.
// So the card keeps, for every block written since the last flush, what was there at the flush; a cut puts a random
// half of those sectors back. What was flushed stays, what was not may be lost, in any order and within a block: as
// much as a file system may hope for from a card.
import { closeSync, fdatasyncSync, openSync, readSync, writeSync } from "node:fs";
import type { Socket } from "bun";

const BLOCK = 4096;
const SECTOR = 512;

const NBD_MAGIC = Buffer.from("NBDMAGICIHAVEOPT");
const OPTION_REPLY = 0x3e889045565a9n;
const REQUEST = 0x25609513;
const REPLY = 0x67446698;
const Option = { EXPORT_NAME: 1, ABORT: 2, GO: 7 } as const;
const Command = { READ: 0, WRITE: 1, DISCONNECT: 2, FLUSH: 3 } as const;
const Reply = { ACK: 1, INFO: 3, UNSUPPORTED: 0x80000001 } as const;
const HAS_FLAGS_FLUSH_FUA = 0b1101;
const FUA = 1;
const EIO = 5;

export class Card {
  readonly #handle: number;
  readonly #listener;
  /** What blocks written since the last flush held at that flush. */
  readonly #unflushed = new Map<number, Buffer>();
  #powered = true;
  written_bytes = 0;
  flushes = 0;

  constructor(
    file: string,
    readonly bytes: number,
    readonly socket: string,
  ) {
    this.#handle = openSync(file, "r+");
    this.#listener = Bun.listen<Client>({
      unix: socket,
      socket: {
        open: (socket) => {
          socket.data = new Client(this, socket);
        },
        data: ({ data }, chunk) => data.receive(chunk),
        drain: ({ data }) => data.send(),
        close: () => {},
        error: () => {},
      },
    });
  }

  read(offset: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    readSync(this.#handle, bytes, 0, length, offset);
    return bytes;
  }

  write(offset: number, bytes: Buffer): void {
    const last = Math.floor((offset + bytes.length - 1) / BLOCK);
    for (let block = Math.floor(offset / BLOCK); block <= last; block++)
      if (!this.#unflushed.has(block)) this.#unflushed.set(block, this.read(block * BLOCK, BLOCK));
    writeSync(this.#handle, bytes, 0, bytes.length, offset);
    this.written_bytes += bytes.length;
  }

  flush(): void {
    this.#unflushed.clear();
    this.flushes++;
  }

  get powered(): boolean {
    return this.#powered;
  }

  /** From here on nothing is written. Returns how many sectors were lost. */
  cutPower(random: () => number = Math.random): number {
    this.#powered = false;
    let lost = 0;
    for (const [block, before] of this.#unflushed)
      for (let at = 0; at < BLOCK; at += SECTOR)
        if (random() < 0.5) {
          writeSync(this.#handle, before, at, SECTOR, block * BLOCK + at);
          lost++;
        }
    this.#unflushed.clear();
    return lost;
  }

  /** Takes it out: others may use the file. */
  remove(): void {
    this.#powered = false;
    this.#listener.stop(true);
    fdatasyncSync(this.#handle);
    closeSync(this.#handle);
  }
}

/** One connection: a handshake, then requests, each answered at once. */
class Client {
  #received = Buffer.alloc(0);
  #toSend = Buffer.alloc(0);
  #state: "flags" | "options" | "requests" = "flags";

  constructor(
    readonly card: Card,
    readonly socket: Socket<Client>,
  ) {
    this.#queue(NBD_MAGIC, unsigned16(0b11)); // fixed newstyle, no zeroes
    this.send();
  }

  receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#received, chunk]);
    while (this.#step());
    this.send();
  }

  send(): void {
    if (this.#toSend.length === 0) return;
    const sent = this.socket.write(this.#toSend);
    if (sent > 0) this.#toSend = this.#toSend.subarray(sent);
  }

  #queue(...parts: Buffer[]): void {
    this.#toSend = Buffer.concat([this.#toSend, ...parts]);
  }

  #take(length: number): Buffer {
    const taken = this.#received.subarray(0, length);
    this.#received = this.#received.subarray(length);
    return taken;
  }

  /** Whether there was enough for one more message. */
  #step(): boolean {
    if (this.#state === "flags") return this.#flags();
    return this.#state === "options" ? this.#option() : this.#request();
  }

  #flags(): boolean {
    if (this.#received.length < 4) return false;
    this.#take(4);
    this.#state = "options";
    return true;
  }

  #option(): boolean {
    if (this.#received.length < 16 || this.#received.length < 16 + this.#received.readUInt32BE(12)) return false;
    const option = this.#received.readUInt32BE(8);
    this.#take(16 + this.#received.readUInt32BE(12));
    const size = Buffer.concat([unsigned64(BigInt(this.card.bytes)), unsigned16(HAS_FLAGS_FLUSH_FUA)]);
    const reply = (type: number, data = Buffer.alloc(0)) =>
      this.#queue(unsigned64(OPTION_REPLY), unsigned32(option), unsigned32(type), unsigned32(data.length), data);
    if (option === Option.EXPORT_NAME) this.#queue(size);
    else if (option === Option.GO) {
      reply(Reply.INFO, Buffer.concat([unsigned16(0), size]));
      reply(Reply.ACK);
    } else reply(option === Option.ABORT ? Reply.ACK : Reply.UNSUPPORTED);
    if (option === Option.EXPORT_NAME || option === Option.GO) this.#state = "requests";
    return true;
  }

  #request(): boolean {
    if (this.#received.length < 28) return false;
    const header = this.#received.subarray(0, 28);
    const flags = header.readUInt16BE(4);
    const command = header.readUInt16BE(6);
    const cookie = header.subarray(8, 16);
    const offset = Number(header.readBigUInt64BE(16));
    const length = header.readUInt32BE(24);
    if (header.readUInt32BE(0) !== REQUEST) throw new Error("not an NBD request");
    const payload = command === Command.WRITE ? length : 0;
    if (this.#received.length < 28 + payload) return false;
    this.#take(28);
    const data = this.#take(payload);
    const reply = (error = 0, ...content: Buffer[]) =>
      this.#queue(unsigned32(REPLY), unsigned32(error), cookie, ...content);
    if (command === Command.DISCONNECT) this.socket.end();
    else if (!this.card.powered) reply(EIO);
    else if (command === Command.READ) reply(0, this.card.read(offset, length));
    else {
      if (command === Command.WRITE) this.card.write(offset, data);
      if (command === Command.FLUSH || flags & FUA) this.card.flush();
      reply();
    }
    return true;
  }
}

function unsigned16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function unsigned32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function unsigned64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
