// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import { NotFoundError } from "../runtime/box.ts";
import { type TokenStore, USER_NAME } from "../store/tokens.ts";
import { operation } from "./operation.ts";
import { HttpError } from "./problem-response.ts";
import { RoleSchema, SignedInSchema, UserSchema } from "./schemas.ts";

const NewUser = t.Object({
  name: t.String({
    pattern: USER_NAME.source.replace("a-z", "a-zA-Z").replace("a-z0-9_", "a-zA-Z0-9_"),
    description: "Letters, digits, _ . -, up to 64.",
  }),
  role: RoleSchema,
});

/** Who may use the box; for admins. */
export const usersController = ({ tokens }: { tokens: TokenStore }) =>
  new Elysia({ prefix: "/api/users" })
    .get("", () => ({ users: tokens.list() }), {
      detail: operation({
        tags: ["Users"],
        summary: "All users",
        answers: { 200: { description: "Without their tokens.", schema: t.Object({ users: t.Array(UserSchema) }) } },
      }),
    })
    .post(
      "",
      async ({ body: { name, role }, set }) => {
        const token = await tokens.create(name, role);
        if (token === undefined)
          throw new HttpError(409, `there is a user ${name} already; delete it first or choose another name`);
        set.status = 201;
        return { name, role, token };
      },
      {
        body: NewUser,
        detail: operation({
          tags: ["Users"],
          summary: "Add a user",
          answers: {
            201: {
              description: "Its token, which cannot be had a second time.",
              schema: SignedInSchema,
            },
            409: "The name is taken.",
          },
        }),
      },
    )
    .delete(
      "/:name",
      async ({ params: { name }, set }) => {
        if (tokens.list()[0]?.name === name)
          throw new HttpError(
            409,
            `${name} owns the box and stays; to change the token, delete the file admin-token in the data folder and start again`,
          );
        if (!(await tokens.remove(name))) throw new NotFoundError(`there is no user ${JSON.stringify(name)}`);
        set.status = 204;
      },
      {
        params: t.Object({ name: t.String({ description: "The user's name." }) }),
        detail: operation({
          tags: ["Users"],
          summary: "Take a user's token back",
          answers: { 204: "It is worth nothing from now on.", 409: "The owner cannot be deleted." },
        }),
      },
    );
