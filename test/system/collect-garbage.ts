// SPDX-License-Identifier: Apache-2.0
//
// Loaded before a service that a test weighs: SIGUSR2 collects its garbage, so that what is left is what it holds on to.
process.on("SIGUSR2", () => Bun.gc(true));
