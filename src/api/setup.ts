// SPDX-License-Identifier: Apache-2.0
import { Elysia } from "elysia";
import { ACCESS_POINT_ADDRESS } from "../appliance/network/access-point-settings.ts";
import type { BoxNetwork } from "../appliance/network/box-network.ts";
import { htmlResponse } from "./html-response.ts";
import { operation } from "./operation.ts";
import page from "./setup.html" with { type: "text" };

/** Joins the box to a Wi-Fi network, from a phone. */
export const setupController = ({ network }: { network: BoxNetwork }) =>
  new Elysia().get("/setup", async () => htmlResponse(setupPage(await stateOf(network))), {
    detail: operation({
      tags: ["Documentation"],
      summary: "A page to join a Wi-Fi network",
      answers: { 200: { description: "A page.", type: "text/html" } },
    }),
  });

/** For a phone in the box's own network, where every name leads to the box: what it wants to know of the internet shows
 * its user the page. The address, since the phone may ask the internet for a name. */
export function toSetupPage(): Response {
  const location = `http://${ACCESS_POINT_ADDRESS}/setup`;
  return new Response(null, { status: 302, headers: { location, "cache-control": "no-store" } });
}

/** What networks are around, and which one failed, is for whoever is in the box's own network, which has a password. */
async function stateOf(network: BoxNetwork) {
  const { hostname } = await network.view();
  const { access_point, networks, attempt } = network.state();
  return access_point ? { hostname, networks, attempt } : { hostname, networks: [] };
}

/** The names of networks are anybody's: one may be called `</script>`. */
function setupPage(state: object): string {
  const json = JSON.stringify(state).replaceAll("<", "\\u003c");
  return (page as unknown as string).replace('"STATE"', () => json);
}
