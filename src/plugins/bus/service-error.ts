// SPDX-License-Identifier: Apache-2.0

export type ServiceFailure =
  | "unknown" // there is no such service
  | "refused" // the caller may not
  | "invalid" // the request does not fit
  | "busy" // too many are under way
  | "late" // no answer in time
  | "gone" // its plugin is not there, or fell over while it was asked
  | "failed"; // it says that it could not, or its answer does not fit

/** Why a call of a service came to nothing, in words. */
export class ServiceError extends Error {
  constructor(
    readonly failure: ServiceFailure,
    message: string,
  ) {
    super(message);
    this.name = "ServiceError";
  }
}
