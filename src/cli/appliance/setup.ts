// SPDX-License-Identifier: Apache-2.0
//
// stagebox appliance setup: joins the set-up to this machine.
import { machine } from "../../appliance/network/system.ts";
import { type Places, placesBelow } from "../../appliance/places.ts";
import { doLater } from "../../appliance/setup/later.ts";
import { reportLines } from "../../appliance/setup/report.ts";
import type { ServiceAnswer, ServiceOrder, ServiceSide } from "../../appliance/setup/service-side.ts";
import { setUp } from "../../appliance/setup/setup.ts";
import { isAddress } from "../../appliance/setup/steps/service.ts";
import { ownCommand } from "../../asset.ts";
import { LIMITS } from "../../plugins/install/limits.ts";
import { EXIT, type ExitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";

/** Mistakes in a file are no failure of the unit: the box comes up all the same. `later`: what had to wait for the
 * network, and fails as long as there is some of it left. */
export async function setUpAppliance(root: string, later: boolean, output: Output): Promise<ExitCode> {
  const places = placesBelow(root);
  const isHere = places.root === "/";
  const service = new ServiceProcess(places, isHere ? asService() : []);
  const system = isHere ? machine : { run: () => Promise.reject(new Error("another machine's")) };
  const box = { places, system, service, now: () => new Date() };
  const report = later ? await doLater(box) : await setUp(box);
  for (const line of report ? reportLines(report) : ["There is nothing new on the card."]) output.line(line);
  return later && report && report.pending.length > 0 ? EXIT.failed : EXIT.ok;
}

const SERVICE_USER = "stagebox";
/** A plugin is tried out before it is let in; what is not on the card has to be fetched, too. */
const ORDER_MS = 150_000;
const timeOf = ({ plugins }: ServiceOrder) => ORDER_MS + plugins.filter(isAddress).length * LIMITS.download_ms;

/** This executable once more, as the service's user. The order comes by a pipe: everybody can read a command line. */
class ServiceProcess implements ServiceSide {
  constructor(
    private readonly places: Places,
    private readonly asService: readonly string[],
  ) {}

  async obey(order: ServiceOrder): Promise<ServiceAnswer[]> {
    const { data } = this.places;
    const child = Bun.spawn(
      [...this.asService, ...ownCommand(), "appliance", "setup", "--service-part", "--data", data],
      {
        stdin: new Blob([JSON.stringify(order)]),
        stdout: "pipe",
        stderr: "inherit",
        timeout: timeOf(order),
        env: { PATH: process.env.PATH, HOME: data, LC_ALL: "C.UTF-8", BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" },
      },
    );
    const [answer, code] = await Promise.all([new Response(child.stdout).text(), child.exited]);
    if (code === 0) return JSON.parse(answer);
    throw new Error(`the service's user came to exit code ${code}; the journal says why`);
  }
}

function asService(): string[] {
  const user = [`--reuid=${SERVICE_USER}`, `--regid=${SERVICE_USER}`, "--init-groups"];
  return ["setpriv", ...user, "--no-new-privs", "--inh-caps=-all", "--"];
}
