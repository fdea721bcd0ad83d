// SPDX-License-Identifier: Apache-2.0
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import { parse } from "../../src/pipeline/parse.ts";
import { validate } from "../../src/pipeline/validate.ts";
import { catalog } from "../pipeline/catalog.fixture.ts";
import type { FakeBox } from "./fake-box.ts";
import { ALPHA, startApi, type TestApi } from "./start-api.ts";

let api: TestApi<FakeBox>;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());
beforeEach(async () => {
  await api.box.start(validate(parse(ALPHA, "alpha.yaml"), catalog));
});

test("every GET answers", async () => {
  for (const path of [
    "/",
    "/docs",
    "/api/openapi.json",
    "/api/health/live",
    "/api/health/ready",
    "/api/system",
    "/api/stages",
    "/api/stages/notch",
    "/api/pipelines",
    "/api/pipelines/alpha",
    "/api/graph",
    "/api/graph/yaml",
    "/api/params",
    "/api/params/band",
    "/api/streams",
    "/api/streams/band",
    "/api/recordings",
    "/api/telemetry",
    "/metrics",
    "/api/users",
  ]) {
    const response = await api.call(path);
    const text = await response.text();
    console.log(path, response.status, text.slice(0, 300));
    expect(response.status).toBe(200);
  }
});
