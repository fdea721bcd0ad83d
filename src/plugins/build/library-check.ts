// SPDX-License-Identifier: Apache-2.0
export function checkLibrary(_library: string, _name: string): string | undefined {
  return undefined;
}
