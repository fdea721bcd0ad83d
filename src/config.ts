// SPDX-License-Identifier: Apache-2.0
export const DEFAULT_PORT = 8080;
/** Every network the box is on: it is an appliance, and the API asks for a token. */
export const DEFAULT_HOST = "0.0.0.0";
