// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import type { Refusal, SignIn } from "../store/sign-in.ts";
import { operation } from "./operation.ts";
import { HttpError } from "./problem-response.ts";
import { SignedInSchema } from "./schemas.ts";

const NO_SCREEN = "this box has no screen to show a code on: `stagebox token show` prints the admin's token";
const REFUSALS: Record<Refusal, () => HttpError> = {
  wrong: () => new HttpError(403, "that is not the code on the box's screen; look again, it may be another by now"),
  later: () =>
    new HttpError(429, "too many codes were tried; wait some seconds and try again", {
      headers: { "retry-after": "5" },
    }),
  none: () =>
    new HttpError(
      409,
      "no code is shown: the last one was used. `sudo stagebox appliance code` on the box shows another, and so does its next start",
    ),
};

/** From the code on the screen to a token. */
export const signInController = ({ signIn }: { signIn: SignIn }) =>
  new Elysia({ prefix: "/api/sign-in" })
    .post(
      "",
      async ({ body: { code }, set }) => {
        const taken = await signIn.take(code);
        if (typeof taken === "string") throw REFUSALS[taken]();
        set.status = 201;
        set.headers["cache-control"] = "no-store";
        return taken;
      },
      {
        body: t.Object({
          code: t.String({ maxLength: 32, description: "As the box shows it; case, spaces and dashes do not matter." }),
        }),
        detail: operation({
          tags: ["Users"],
          summary: "Sign in with the code on the box's screen",
          description: "Needs no token. A code serves once; after five wrong ones the screen shows another.",
          answers: {
            201: { description: "An admin's token, which cannot be had a second time.", schema: SignedInSchema },
            403: "It is another code.",
            409: "No code is shown.",
            429: "Too many codes were tried.",
          },
        }),
      },
    )
    .post(
      "/code",
      ({ set }) => {
        if (!signIn.renew()) throw new HttpError(409, NO_SCREEN);
        set.status = 204;
      },
      {
        detail: operation({
          tags: ["Users"],
          summary: "Show a new sign-in code on the box's screen",
          answers: { 204: "It stands there, and the one before it is worth nothing.", 409: "The box has no screen." },
        }),
      },
    );
