// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "bun:test";
import { type SignedIn, SignIn } from "../../src/store/sign-in.ts";
import { TokenStore } from "../../src/store/tokens.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const temporaryFolder = temporaryFolders();

async function opened({ hasScreen = true } = {}) {
  const tokens = await TokenStore.open(temporaryFolder(), () => {});
  const clock = { now_ms: 0 };
  const notes: string[] = [];
  const signIn = new SignIn(
    tokens,
    hasScreen,
    (note) => notes.push(note),
    () => clock.now_ms,
  );
  return { tokens, clock, notes, signIn };
}

const shown = ({ code }: SignIn) => code ?? "";

test("the code on the screen gives an admin's token, once", async () => {
  const { tokens, notes, signIn } = await opened();
  const code = shown(signIn);
  expect(code).toMatch(/^[2-9A-HJKMNP-TW-Z]{4}-[2-9A-HJKMNP-TW-Z]{4}$/);
  const signedIn = (await signIn.take(code)) as SignedIn;
  expect(signedIn).toMatchObject({ name: "admin-2", role: "admin" });
  expect(tokens.find(signedIn.token)).toMatchObject({ name: "admin-2", role: "admin" });
  expect(signIn.code).toBeUndefined();
  expect(await signIn.take(code)).toBe("none");
  expect(notes.join()).toContain("admin-2");
  expect(notes.join()).not.toContain(code);
});

test("however it is typed", async () => {
  const { signIn } = await opened();
  const typed = ` ${shown(signIn).toLowerCase().replace("-", " ")}\n`;
  expect(await signIn.take(typed)).toMatchObject({ role: "admin" });
});

test.each(["", "7", "é", "\0\0\0\0\0\0\0\0", "A".repeat(1000)])("%j is wrong", async (typed) => {
  const { signIn } = await opened();
  expect(await signIn.take(typed)).toBe("wrong");
  expect(await signIn.take(`${shown(signIn)}2`)).toBe("wrong");
});

test("two at once: one signs in", async () => {
  const { signIn } = await opened();
  const code = shown(signIn);
  const taken = await Promise.all([signIn.take(code), signIn.take(code)]);
  expect(taken.map((it) => typeof it).sort()).toEqual(["object", "string"]);
});

test("after five wrong codes the screen shows another", async () => {
  const { notes, signIn } = await opened();
  const code = shown(signIn);
  for (let wrong = 0; wrong < 4; wrong++) await signIn.take("0000-0000");
  expect(signIn.code).toBe(code);
  await signIn.take("0000-0000");
  expect(signIn.code).not.toBe(code);
  expect(await signIn.take(code)).toBe("wrong");
  expect(notes).toHaveLength(1);
  expect(await signIn.take(shown(signIn))).toMatchObject({ role: "admin" });
});

test("who guesses is slowed, and the right code with them, until some seconds have gone by", async () => {
  const { clock, signIn } = await opened();
  const tries: unknown[] = [];
  for (let index = 0; index < 12; index++) tries.push(await signIn.take("0000-0000"));
  expect(tries.slice(0, 10)).toEqual(Array(10).fill("wrong"));
  expect(tries.slice(10)).toEqual(["later", "later"]);
  expect(await signIn.take(shown(signIn))).toBe("later");
  clock.now_ms += 1000;
  expect(await signIn.take(shown(signIn))).toMatchObject({ role: "admin" });
});

test("without a screen there is no code, and none can be had", async () => {
  const { signIn } = await opened({ hasScreen: false });
  expect([signIn.code, signIn.renew(), signIn.code]).toEqual([undefined, false, undefined]);
  expect(await signIn.take("")).toBe("none");
});

test("an admin who asks for one gets another code on the screen, and names are never taken twice", async () => {
  const { tokens, signIn } = await opened();
  await tokens.create("admin-2", "viewer");
  expect(await signIn.take(shown(signIn))).toMatchObject({ name: "admin-3" });
  expect(signIn.renew()).toBe(true);
  expect(await signIn.take(shown(signIn))).toMatchObject({ name: "admin-4" });
});

test("a token that could not be written was not given, and the code stays good", async () => {
  let isFull = true;
  const signIn = new SignIn(
    {
      async create() {
        if (isFull) throw Object.assign(new Error("no room"), { code: "ENOSPC" });
        return "token";
      },
    },
    true,
    () => {},
  );
  const code = shown(signIn);
  await expect(signIn.take(code)).rejects.toThrow("no room");
  expect(signIn.code).toBe(code);
  isFull = false;
  expect(await signIn.take(code)).toMatchObject({ token: "token" });
});
