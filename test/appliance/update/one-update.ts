// SPDX-License-Identifier: Apache-2.0
//
// Updates an appliance: one-update.ts ROOT KEYS BUNDLE
import { FakeAppliance } from "./fake-appliance.ts";

const [root = "", keys = "", bundle = ""] = process.argv.slice(2);
await new FakeAppliance(keys, root).update(bundle);
