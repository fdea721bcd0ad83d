// SPDX-License-Identifier: Apache-2.0
import { version as packageVersion } from "../package.json";

export const version: string = packageVersion;
