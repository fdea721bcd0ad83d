// SPDX-License-Identifier: Apache-2.0
import { Elysia } from "elysia";
import { htmlResponse } from "./html-response.ts";
import { operation } from "./operation.ts";
import type { SafeModeControl } from "./safe-mode.ts";
import type { SystemFacts } from "./system.ts";

/** What to do next, for whoever finds the box: in text for curl, as a page for a browser. */
export const homeController = ({ system: { version }, safeMode }: { system: SystemFacts; safeMode: SafeModeControl }) =>
  new Elysia()
    .get(
      "/",
      ({ request }) => {
        const { origin } = new URL(request.url);
        const text = homeText(version, origin, safeMode.measures !== undefined);
        const isBrowser = request.headers.get("accept")?.includes("text/html") === true;
        return isBrowser
          ? htmlResponse(homePage(text))
          : new Response(text, { headers: { "content-type": "text/plain; charset=utf-8" } });
      },
      {
        detail: operation({
          tags: ["Documentation"],
          summary: "What to do next",
          answers: { 200: { description: "A few lines.", type: "text/plain" } },
        }),
      },
    )
    // 308 keeps the method and the body.
    .get("/stages", () => redirect("/api/stages"))
    .post("/graph/patch", ({ request }) => redirect(`/api/graph/patch${new URL(request.url).search}`));

function redirect(location: string): Response {
  return new Response(null, { status: 308, headers: { location } });
}

/** What the box does without is for those to read who may see its plugins. */
function homeText(version: string, origin: string, isSafe: boolean): string {
  const safe = `
Safe mode: this box went down again and again, and does without what took it down.
  curl -H "Authorization: Bearer $TOKEN" ${origin}/api/system/safe-mode
or on the box: stagebox safe-mode show
`;
  return `Stagebox ${version}
${isSafe ? safe : ""}
On the box, print the admin's token:
  stagebox token show
or get one for the code on its screen:
  curl -X POST ${origin}/api/sign-in -H "Content-Type: application/json" -d '{"code":"XXXX-XXXX"}'
Then, from anywhere:
  TOKEN=...
  curl -H "Authorization: Bearer $TOKEN" ${origin}/api/system
  curl -H "Authorization: Bearer $TOKEN" ${origin}/api/pipelines
  curl -H "Authorization: Bearer $TOKEN" -X POST ${origin}/api/pipelines/NAME/start
  curl -H "Authorization: Bearer $TOKEN" ${origin}/api/graph
All calls: ${origin}/docs
`;
}

function homePage(text: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Stagebox</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 48rem; margin: 3rem auto; padding: 0 1rem; color-scheme: light dark }
pre { overflow-x: auto }</style>
<h1>Stagebox</h1>
<p><a href="/setup">Join a Wi-Fi network</a></p>
<p><a href="/docs">All calls of the API</a></p>
<pre>${Bun.escapeHTML(text)}</pre>
</html>
`;
}
