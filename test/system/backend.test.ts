// SPDX-License-Identifier: Apache-2.0
//
// Other Fourier transforms come and go while the default pipeline runs: FFTW's, from the plugin fftw-backend.
import { afterAll, expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hostTriple } from "../../src/triple.ts";
import { Listener } from "./listener.ts";
import { root, Service, until } from "./service.ts";

const isBuilt = existsSync(join(root, "plugins/fftw-backend/bin", hostTriple, "libfftw_backend.so"));
if (!isBuilt) console.log("skipped: FFTW in the place of the built-in transforms: needs libfftw3-dev, then npm start");

let service: Service | undefined;
afterAll(() => service?.discard());

test.skipIf(!isBuilt)(
  "fftw-backend waits to be enabled, is used at once, and is gone when it is disabled",
  async () => {
    const box = await Service.start();
    service = box;
    const isLoaded = () => readFileSync(`/proc/${box.process.pid}/maps`, "utf8").includes("libfftw3f");
    const clean = await Listener.open(box, "clean");
    const spectra = await Listener.open(box, "spectrum");
    await until("spectra", () => spectra.packets.length > 0);
    expect([(await box.get("/api/plugins/fftw-backend")).body.state, isLoaded()]).toEqual(["disabled", false]);

    expect((await box.post("/api/plugins/fftw-backend/enable")).body.state).toBe("ready");
    await until("FFTW to be loaded", isLoaded);
    const seen = spectra.packets.length;
    await until("spectra by FFTW", () => spectra.packets.length > seen + 1);
    expect((await box.post("/api/plugins/fftw-backend/disable")).body.state).toBe("disabled");
    await until("FFTW to be gone: nothing in the graph uses it any more", () => !isLoaded());
    const since = spectra.packets.length;
    await until("spectra by the built-in transforms", () => spectra.packets.length > since);

    expect(clean.breaks()).toEqual([]);
    const bins = spectra.packets.map(({ data }) => data.every(Number.isFinite));
    expect(bins.every(Boolean)).toBe(true);
  },
  60_000,
);
