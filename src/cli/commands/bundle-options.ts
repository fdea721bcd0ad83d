// SPDX-License-Identifier: Apache-2.0
import type { TextOption } from "../command.ts";

export const KEY_OPTION: TextOption = {
  kind: "text",
  placeholder: "FILE",
  description: "the private key, as `stagebox bundle key` makes it",
};

export const OUT_OPTION: TextOption = {
  kind: "text",
  placeholder: "FILE",
  description: "the bundle; without it its name says what it is: stagebox-app-1.2.3-arm64.stagebox",
};

export const MINIMUM_OPTION: TextOption = {
  kind: "text",
  placeholder: "VERSION",
  description: "the oldest version that can be updated by it; without it 0.1.0",
};
