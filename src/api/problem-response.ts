// SPDX-License-Identifier: Apache-2.0
//
// Every error leaves the box as a problem document (RFC 9457): status, what is wrong, what to do, and all problems of a
// refused body at once. This is the only place that knows which error has which status.
import { ValidationError } from "elysia";
import { UpdateBusyError } from "../appliance/update/box-updates.ts";
import { type Problem, ProblemsError } from "../pipeline/problem.ts";
import { ServiceError, type ServiceFailure } from "../plugins/bus/service-error.ts";
import { BusyError, ConflictError, NotFoundError, NotRunningError } from "../runtime/box.ts";
import { NameError } from "../store/folder.ts";
import { BundledError, StaleError } from "../store/pipelines.ts";
import { InUseError } from "../store/recordings.ts";
import { validationProblems } from "./validation-problems.ts";

export const PROBLEM_TYPE = "application/problem+json";

const TITLES: Record<number, string> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  412: "Precondition Failed",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  500: "Internal Server Error",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  507: "Insufficient Storage",
};

interface Extra {
  problems?: readonly Problem[];
  headers?: Record<string, string>;
  /** Of the document, beside those that each has. */
  members?: object;
}

/** An error that knows its status. */
export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly extra: Extra = {},
  ) {
    super(message);
    this.name = "HttpError";
  }
}

export function problemResponse(error: unknown, path: string): Response {
  const { status, message, extra } = toHttpError(error);
  const problems = extra.problems?.length ? { problems: extra.problems } : {};
  const body = {
    type: "about:blank",
    title: TITLES[status],
    status,
    detail: message,
    instance: path,
    ...problems,
    ...extra.members,
  };
  return new Response(JSON.stringify(body), {
    status,
    headers: { "content-type": PROBLEM_TYPE, "cache-control": "no-store", ...extra.headers },
  });
}

function toHttpError(error: unknown): HttpError {
  if (error instanceof HttpError) return error;
  if (error instanceof ProblemsError) return refused(422, error);
  if (error instanceof ValidationError) return refused(422, new ProblemsError(validationProblems(error)));
  if (error instanceof NotFoundError) return new HttpError(404, error.message, { problems: error.problems });
  if (error instanceof BusyError) return new HttpError(503, error.message, { headers: { "retry-after": "1" } });
  if (error instanceof ServiceError) return new HttpError(SERVICE_STATUS[error.failure], error.message);
  if (error instanceof NotRunningError) return new HttpError(409, error.message);
  if (error instanceof UpdateBusyError) return new HttpError(409, error.message);
  if (error instanceof BundledError || error instanceof InUseError) return new HttpError(409, error.message);
  if (error instanceof ConflictError) return stale(error, String(error.revision));
  if (error instanceof StaleError) return stale(error, error.revision);
  if (error instanceof NameError) return new HttpError(400, error.message);
  const { cause, code } = (error ?? {}) as { cause?: unknown; code?: unknown };
  const storage = STORAGE[String(code)];
  if (storage) return new HttpError(507, storage);
  return cause instanceof HttpError ? cause : unexpected(error);
}

const SERVICE_STATUS: Record<ServiceFailure, number> = {
  ...{ unknown: 404, refused: 403, invalid: 422, failed: 502 },
  ...{ busy: 503, gone: 503, late: 504 },
};

const FULL = "the box has no room left to save this: delete recordings that are not needed any more";
const READ_ONLY = "the box may not write to its data folder: see to the folder's permissions, or to the disk";
/** By the system's error code. */
const STORAGE: Record<string, string> = {
  ...{ ENOSPC: FULL, EDQUOT: FULL },
  ...{ EACCES: READ_ONLY, EPERM: READ_ONLY, EROFS: READ_ONLY, EIO: READ_ONLY },
};

/** One problem is the detail itself; several are counted. */
export function refused(status: number, { problems, message }: ProblemsError): HttpError {
  const detail = problems.length === 1 ? message : `${problems.length} problems, see "problems"`;
  return new HttpError(status, detail, { problems });
}

function stale(error: Error, revision: string | undefined): HttpError {
  return new HttpError(412, error.message, revision === undefined ? {} : { headers: { etag: `"${revision}"` } });
}

/** Says nothing about the inside of the box; the log does, under the same number. */
function unexpected(error: unknown): HttpError {
  const reference = crypto.randomUUID().slice(0, 8);
  console.error(`unexpected error ${reference}:`, error);
  return new HttpError(500, `something went wrong inside; the box's log says what, under ${reference}`);
}
