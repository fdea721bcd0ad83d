// SPDX-License-Identifier: Apache-2.0
//
// Servers of stages as they must not be: bun bad-server.ts KIND [PORT]. Prints the port that it listens at. All that is
// right about them is written here by hand, so that anything can be wrong.
import { createServer, type ServerHttp2Stream } from "node:http2";

const [, , kind = "good", port = "0"] = process.argv;

const field = (number: number, bytes: Uint8Array) =>
  Buffer.concat([Buffer.of((number << 3) | 2), length(bytes), bytes]);
function length({ length }: Uint8Array): Buffer {
  const bytes: number[] = [];
  let left = length;
  for (; left > 127; left >>>= 7) bytes.push((left & 127) | 128);
  return Buffer.from([...bytes, left]);
}
function framed(bytes: Uint8Array, said = bytes.length): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(said, 1);
  return Buffer.concat([head, bytes]);
}

const OPENED = framed(field(1, Buffer.alloc(0)));
/** port = features, and nothing else */
const FEATURES = framed(field(1, field(1, Buffer.of(0x08, 3))));
const blockOf = (samples: Uint8Array) => framed(field(2, field(5, samples)));
const description = (type: string) => framed(field(1, Buffer.from(type)));

/** Of a request that is a Block: its fifth field. All tags are of one byte. */
function samplesOf(message: Buffer): Buffer {
  let at = 1;
  const varint = () => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = message[at++] ?? 0;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  for (varint(); at < message.length; ) {
    const tag = message[at++] ?? 0;
    const value = varint();
    if (tag === ((5 << 3) | 2)) return message.subarray(at, at + value);
    if ((tag & 7) === 2) at += value;
  }
  return Buffer.alloc(0);
}

let blocks = 0;

function open(stream: ServerHttp2Stream): void {
  if (kind === "features") stream.write(FEATURES);
  else if (kind === "mute") return;
  else if (kind === "refuse") end(stream, 3, "low_hz%3A 60 Hz is above high_hz");
  else if (kind === "eager")
    stream.write(Buffer.concat([OPENED, blockOf(Buffer.alloc(12)), blockOf(Buffer.alloc(12))]));
  else stream.write(OPENED);
}

function answer(stream: ServerHttp2Stream, samples: Buffer): void {
  blocks++;
  if (kind === "hang") return;
  if (kind === "shape") stream.write(blockOf(samples.subarray(0, samples.length - 4)));
  else if (kind === "bytes") stream.write(blockOf(samples.subarray(1)));
  else if (kind === "huge") stream.write(framed(Buffer.alloc(64), 0x7fffffff));
  else if (kind === "garbage") stream.write(framed(Buffer.alloc(64, 0xff)));
  else if (kind === "opened") stream.write(OPENED);
  else if (kind === "compressed") stream.write(Buffer.of(1, 0, 0, 0, 1, 0));
  else if (kind === "nan") stream.write(blockOf(Buffer.alloc(samples.length, 0xff)));
  else if (kind === "status") end(stream, 13, "out%20of%20luck");
  else if (kind === "leave" && blocks % 20 === 0) stream.session?.destroy();
  else stream.write(blockOf(samples));
}

function end(stream: ServerHttp2Stream, status: number, words: string): void {
  stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": String(status), "grpc-message": words }));
  stream.end();
}

const server = createServer();
server.on("stream", (it, headers) => {
  const stream = it as ServerHttp2Stream;
  const path = String(headers[":path"]);
  if (kind === "deaf") return;
  stream.on("error", () => {});
  stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
  if (path.endsWith("/Describe")) {
    stream.write(description(kind === "other" ? "notch" : "far"));
    return end(stream, 0, "");
  }
  let rest = Buffer.alloc(0);
  let isOpen = false;
  stream.on("data", (piece: Buffer) => {
    rest = Buffer.concat([rest, piece]);
    while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
      const message = rest.subarray(5, 5 + rest.readUInt32BE(1));
      rest = rest.subarray(5 + message.length);
      if (isOpen) answer(stream, samplesOf(message));
      else open(stream);
      isOpen = true;
    }
  });
});
server.listen(Number(port), "127.0.0.1", () => console.log((server.address() as { port: number }).port));
