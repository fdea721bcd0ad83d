// SPDX-License-Identifier: Apache-2.0
//
// Whoever stands before the box owns it, and its screen is how it tells them apart: it shows a code, and whoever types it
// in gets an admin's token of their own. A code serves once; afterwards none is shown until the next start, or until an
// admin asks for one. Eight characters of thirty are nothing to guess at five tries a code and a try a second.
import { randomInt, timingSafeEqual } from "node:crypto";
import type { Notify } from "./json-file.ts";
import type { Role, TokenStore } from "./tokens.ts";

/** Without those that are taken for one another: 0 O, 1 I L, U V. */
const ALPHABET = "23456789ABCDEFGHJKMNPQRSTWXYZ";
const HALF = 4;
const WRONG_CODES = 5;
/** Tries that may come at once, and how soon there is another. */
const TRIES = 10;
const TRY_MS = 1000;

export type SignedIn = { name: string; role: Role; token: string };
/** `none`: no code is shown. `later`: there were too many tries, whosever. */
export type Refusal = "wrong" | "later" | "none";

export class SignIn {
  #code: string | undefined;
  #wrong = 0;
  #tries = TRIES;
  #countedAt_ms: number;

  /** `hasScreen`: somebody can see a code; without that there is none. */
  constructor(
    private readonly tokens: Pick<TokenStore, "create">,
    private readonly hasScreen: boolean,
    private readonly notify: Notify,
    private readonly now_ms = () => performance.now(),
  ) {
    this.#countedAt_ms = now_ms();
    this.renew();
  }

  /** As it is shown: `7KQ2-M9XD`. Undefined while none is. */
  get code(): string | undefined {
    return this.#code;
  }

  /** Another code from now on. False: nobody could see it. */
  renew(): boolean {
    this.#wrong = 0;
    this.#code = this.hasScreen ? newCode() : undefined;
    return this.hasScreen;
  }

  /** However it was typed. A right code is worth nothing afterwards. */
  async take(typed: string): Promise<SignedIn | Refusal> {
    const code = this.#code;
    if (code === undefined) return "none";
    if (!this.#mayTry()) return "later";
    if (!isSame(typed, code)) return this.#refuse();
    this.#code = undefined;
    try {
      const signedIn = await this.#createAdmin();
      this.notify(`somebody signed in with the code on the screen and is now the admin ${signedIn.name}`);
      return signedIn;
    } catch (error) {
      /* It could not be written, so it has not happened. */
      this.#code ??= code;
      throw error;
    }
  }

  async #createAdmin(): Promise<SignedIn> {
    for (let number = 2; ; number++) {
      const name = `admin-${number}`;
      const token = await this.tokens.create(name, "admin");
      if (token !== undefined) return { name, role: "admin", token };
    }
  }

  #refuse(): Refusal {
    this.#wrong++;
    if (this.#wrong < WRONG_CODES) return "wrong";
    this.renew();
    this.notify(`${WRONG_CODES} wrong sign-in codes were tried, so the screen shows another`);
    return "wrong";
  }

  /** One budget for everybody: addresses cost an attacker nothing. */
  #mayTry(): boolean {
    const now_ms = this.now_ms();
    this.#tries = Math.min(TRIES, this.#tries + (now_ms - this.#countedAt_ms) / TRY_MS);
    this.#countedAt_ms = now_ms;
    if (this.#tries < 1) return false;
    this.#tries--;
    return true;
  }
}

function newCode(): string {
  const letters = Array.from({ length: 2 * HALF }, () => ALPHABET[randomInt(ALPHABET.length)]).join("");
  return `${letters.slice(0, HALF)}-${letters.slice(HALF)}`;
}

/** Takes as long whatever was typed. */
function isSame(typed: string, code: string): boolean {
  const given = Buffer.alloc(2 * HALF + 1);
  given.write(typed.toUpperCase().replace(/[^0-9A-Z]/g, ""), "latin1");
  return timingSafeEqual(given, Buffer.from(`${code.replace("-", "")}\0`, "latin1"));
}
