// SPDX-License-Identifier: Apache-2.0
import { Elysia, t } from "elysia";
import type { BoxNetwork } from "../appliance/network/box-network.ts";
import { operation } from "./operation.ts";
import { HttpError } from "./problem-response.ts";
import { NetworkSchema } from "./schemas.ts";

const NOT_OWN = "this machine's network is set up with its own system's tools: here Stagebox is a guest";

/** Where the box is found, and which Wi-Fi it joins. */
export const networkController = ({ network }: { network: BoxNetwork }) =>
  new Elysia({ prefix: "/api/system/network" })
    .get(
      "",
      async () => {
        const { networks: _, access_point, attempt, ...view } = await network.view();
        return { ...view, access_point: access_point ?? null, attempt: attempt ?? null };
      },
      {
        detail: operation({
          tags: ["System"],
          summary: "Addresses, names and Wi-Fi of this box",
          answers: { 200: { description: "As of now.", schema: NetworkSchema } },
        }),
      },
    )
    .post(
      "",
      async ({ body, set }) => {
        if (!network.isOwn) throw new HttpError(409, NOT_OWN);
        await network.connect(body);
        set.status = 202;
        const { announced } = await network.view();
        return {
          ssid: body.ssid,
          address: `http://${body.hostname?.toLowerCase() ?? announced.replace(/\.local$/, "")}.local`,
        };
      },
      {
        body: t.Object({
          ssid: t.String({ description: "The name of the network, 1 to 32 bytes of UTF-8." }),
          password: t.Optional(t.String({ description: "8 to 63 bytes, or a key of 64 hexadecimal digits." })),
          country: t.Optional(t.String({ description: "Two letters: what the radio may do there." })),
          hidden: t.Optional(t.Boolean({ description: "The network does not tell its name." })),
          hostname: t.Optional(t.String({ description: "What the box shall be called." })),
        }),
        detail: operation({
          tags: ["System"],
          summary: "Join a Wi-Fi network",
          description:
            "The box keeps it, joins it, and closes its own network if that is open. If the network has not let it in after a minute and there is no cable, its own opens again, and GET tells why. For admins.",
          answers: {
            202: {
              description: "It will be tried.",
              schema: t.Object({
                ssid: t.String({ description: "What is tried." }),
                address: t.String({ description: "Where the box will be." }),
              }),
            },
            409: "This is no appliance.",
            422: "What is wrong, all of it.",
          },
        }),
      },
    );
