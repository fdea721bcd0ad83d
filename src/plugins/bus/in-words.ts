// SPDX-License-Identifier: Apache-2.0
import { formatProblem, messageOf, ProblemsError } from "../../pipeline/problem.ts";
import { BusyError, ConflictError, NotFoundError, NotRunningError } from "../../runtime/box.ts";
import { NameError } from "../../store/folder.ts";
import { InUseError } from "../../store/recordings.ts";
import { ServiceError } from "./service-error.ts";

const TOLD = [BusyError, ConflictError, NotFoundError, NotRunningError, NameError, InUseError];
/** The system's, about the disk. */
const DISK = ["ENOSPC", "EDQUOT", "EROFS", "EIO", "EACCES", "EPERM"];

/** What a plugin hears of an error of the box's: what is wrong with its request, and nothing of the box's inside. */
export function inWords(error: unknown, service: string): ServiceError {
  if (error instanceof ServiceError) return error;
  const failed = (message: string) => new ServiceError("failed", `${service}: ${message}`);
  if (error instanceof ProblemsError) return failed(error.problems.map(formatProblem).join("; "));
  if (TOLD.some((kind) => error instanceof kind)) return failed(messageOf(error));
  const { code } = (error ?? {}) as { code?: unknown };
  if (DISK.includes(String(code))) return failed(`the box cannot write to its disk (${code})`);
  console.error(`unexpected error in ${service}:`, error);
  return failed("something went wrong inside the box; its log says what");
}
