// SPDX-License-Identifier: Apache-2.0
import { afterAll, expect, test } from "bun:test";
import { createServer } from "node:net";
import { download } from "../../../src/plugins/install/download.ts";
import { problemsOf } from "../folders.fixture.ts";

const LIMITS = { bytes: 2 ** 20, silence_ms: 300, total_ms: 5000 };
const never = new AbortController().signal;

/** Each way to misbehave has its path. */
const server = Bun.serve({
  port: 0,
  hostname: "127.0.0.1",
  idleTimeout: 30,
  fetch(request) {
    const { pathname } = new URL(request.url);
    const to = (location: string, status = 302) => new Response(null, { status, headers: { location } });
    const count = Number(/^\/hop\/(\d+)$/.exec(pathname)?.[1]);
    if (count > 0) return to(`/hop/${count - 1}`, 307);
    switch (pathname) {
      case "/good.zip":
      case "/hop/0":
        return new Response("zip");
      case "/endless.zip":
        return new Response(endless(0));
      case "/slow.zip":
        return new Response(endless(50, 1));
      case "/stalls.zip":
        return new Response(endless(60_000, 100));
      case "/bomb.zip":
        return new Response(Bun.gzipSync(new Uint8Array(2 ** 22)), { headers: { "content-encoding": "gzip" } });
      case "/to-file.zip":
        return to("file:///etc/passwd");
      case "/to-data.zip":
        return to("data:text/plain,zip");
      case "/to-nowhere.zip":
        return to("http://[");
      case "/round.zip":
        return to("/round.zip");
      default:
        return new Response("no", { status: 404 });
    }
  },
});
afterAll(() => server.stop(true));
const at = (path: string) => `http://127.0.0.1:${server.port}${path}`;

function endless(pause_ms: number, bytes = 65536): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      controller.enqueue(new Uint8Array(bytes));
      await Bun.sleep(pause_ms);
    },
  });
}

test("a file is fetched, over redirects too", async () => {
  for (const path of ["/good.zip", "/hop/5"])
    expect(Buffer.from(await download(at(path), never, LIMITS)).toString()).toBe("zip");
});

const refused: [path: string, words: string, limits?: Partial<typeof LIMITS>][] = [
  ["/missing.zip", "the server says 404 Not Found"],
  ["/endless.zip", "is larger than 1 MB, which no packed plugin is"],
  ["/bomb.zip", "is larger than 1 MB, which no packed plugin is"],
  [
    "/slow.zip",
    "the download takes too long; try again, or download it yourself and install the file",
    { total_ms: 700 },
  ],
  ["/stalls.zip", "the server has gone silent; try again, or download it yourself and install the file"],
  ["/to-file.zip", 'the server sends us on to "file:///etc/passwd", where we do not go'],
  ["/to-data.zip", 'the server sends us on to "data:text/plain,zip", where we do not go'],
  ["/to-nowhere.zip", 'the server sends us on to "http://[", where we do not go'],
  ["/hop/6", "the server sends us on more than 5 times"],
  ["/round.zip", "the server sends us on more than 5 times"],
];

for (const [path, words, limits] of refused) {
  test(`${path}: ${words}`, async () => {
    expect(await problemsOf(() => download(at(path), never, { ...LIMITS, ...limits }))).toEqual([
      `${at(path)}: ${words}`,
    ]);
  });
}

test("a server that takes the call and never answers is not waited for", async () => {
  const mute = createServer();
  await new Promise<void>((resolve) => mute.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(mute.address() as { port: number }).port}/x.zip`;
  const [problem] = await problemsOf(() => download(url, never, LIMITS));
  expect(problem).toStartWith(`${url}: the server has gone silent`);
  mute.close();
});

test("nobody there is said in words, and without the password", async () => {
  const [problem] = await problemsOf(() =>
    download("http://user:secret@127.0.0.1:1/x.zip?token=secret", never, LIMITS),
  );
  expect(problem).toStartWith("http://127.0.0.1:1/x.zip: cannot be had (");
  expect(problem).not.toContain("secret");
});

test("Ctrl-C ends it, for the reason it has", async () => {
  const abort = new AbortController();
  const reason = new Error("interrupted");
  setTimeout(() => abort.abort(reason), 100);
  expect(download(at("/stalls.zip"), abort.signal, { ...LIMITS, silence_ms: 20_000 })).rejects.toBe(reason);
});
