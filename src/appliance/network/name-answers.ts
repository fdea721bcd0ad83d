// SPDX-License-Identifier: Apache-2.0
//
// In the box's own network every name leads to the box, so that a phone that looks for the internet finds the set-up
// page. A name server that knows one answer: RFC 1035, questions of one name, without compression.

const HEADER = 12;
const TYPE_A = 1;
const TYPE_ANY = 255;
const CLASS_IN = 1;
const SECONDS = 10;

/** The answer to a question for any name; undefined for what is no question. */
export function answerName(question: Uint8Array, address: string): Uint8Array | undefined {
  if (question.length < HEADER) return undefined;
  const view = new DataView(question.buffer, question.byteOffset, question.byteLength);
  const flags = view.getUint16(2);
  if ((flags & 0xf800) !== 0 || view.getUint16(4) !== 1) return undefined; // an answer, or no plain query for one name
  const end = endOfName(question, HEADER);
  if (end === undefined || end + 4 > question.length) return undefined;
  const type = view.getUint16(end);
  const isAsked = (type === TYPE_A || type === TYPE_ANY) && view.getUint16(end + 2) === CLASS_IN;
  const record = isAsked ? addressRecord(address) : [];
  const answer = new Uint8Array([...question.subarray(0, end + 4), ...record]);
  const header = new DataView(answer.buffer);
  header.setUint16(2, 0x8480 | (flags & 0x0100)); // an authoritative answer; recursion, since some resolvers insist
  header.setUint16(6, isAsked ? 1 : 0); // any other type: the name is there, but has none
  header.setUint16(8, 0);
  header.setUint16(10, 0);
  return answer;
}

/** Where the name that begins at `offset` ends; undefined if it does not. */
function endOfName(message: Uint8Array, offset: number): number | undefined {
  for (let at = offset; at < message.length && at - offset < 255; ) {
    const length = message[at] as number;
    if (length === 0) return at + 1;
    if (length > 63) return undefined;
    at += 1 + length;
  }
  return undefined;
}

function addressRecord(address: string): number[] {
  const name = [0xc0, HEADER]; // the question's
  return [...name, 0, TYPE_A, 0, CLASS_IN, 0, 0, 0, SECONDS, 0, 4, ...address.split(".").map(Number)];
}

/** Answers until it is closed. Throws where the address is not there (yet). */
export async function answerNames(address: string, port = 53): Promise<{ port: number; close(): void }> {
  return Bun.udpSocket({
    hostname: address,
    port,
    socket: {
      data(socket, question, port, sender) {
        const answer = answerName(question, address);
        // The kernel refuses it once where it has an earlier one to tell of
        if (answer) tryTwice(() => socket.send(answer, port, sender));
      },
      error() {}, // an answer came back: whoever asked has gone, as phones do
    },
  });
}

function tryTwice(act: () => void): void {
  try {
    act();
  } catch {
    try {
      act();
    } catch {} // it cannot be sent there
  }
}
