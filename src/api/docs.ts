// SPDX-License-Identifier: Apache-2.0
import { Elysia } from "elysia";
import page from "./docs.html" with { type: "text" };
import { htmlResponse } from "./html-response.ts";
import { operation } from "./operation.ts";

/** The documentation of this API, without the internet. `document`: the OpenAPI document, asked for once. */
export const docsController = ({ document }: { document: () => object }) => {
  let json: string | undefined;
  return new Elysia()
    .get("/docs", () => htmlResponse(page as unknown as string), {
      detail: operation({
        tags: ["Documentation"],
        summary: "This documentation",
        answers: { 200: { description: "A page.", type: "text/html" } },
      }),
    })
    .get(
      "/api/openapi.json",
      () => {
        json ??= JSON.stringify(document());
        return new Response(json, { headers: { "content-type": "application/json" } });
      },
      {
        detail: operation({
          tags: ["Documentation"],
          summary: "This documentation, for programs",
          answers: { 200: { description: "OpenAPI 3.1.", type: "application/json" } },
        }),
      },
    );
};
