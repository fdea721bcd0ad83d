// SPDX-License-Identifier: Apache-2.0
//
// What program.ts puts around a component, as one file (scripts/build.mjs makes it): nothing here may need the translator.
export { mainPart } from "./hosted-main.ts";
export { stageClasses } from "./hosted-stage.ts";
