/** What may go wrong with a call: the server refused it, or could not be reached. */
import type { components } from "./schema";

export type ErrorBody = components["schemas"]["Error"];

/** The server answered with an error. */
export class ApiError extends Error {
  readonly code: string;
  /** What is wrong with each field: its path, and a sentence. */
  readonly details: readonly { field: string; message: string }[];
  readonly problems: NonNullable<ErrorBody["problems"]>;
  /** Of a 403: the permission that the caller lacks, and who can give it. */
  readonly lacking: ErrorBody["lacking"];

  constructor(
    readonly status: number,
    body: ErrorBody | undefined,
  ) {
    super(body?.error ?? `the server answered ${status}`);
    this.name = "ApiError";
    this.code = body?.code ?? "error";
    this.details = body?.details ?? [];
    this.problems = body?.problems ?? [];
    this.lacking = body?.lacking;
  }
}

/** The server could not be reached. */
export class Unreachable extends Error {
  constructor() {
    super("the server cannot be reached");
    this.name = "Unreachable";
  }
}

/** Whether to try again: the server was not reached, or is not ready. */
export const isTemporary = (error: unknown): boolean =>
  error instanceof Unreachable || (error instanceof ApiError && [502, 503, 504].includes(error.status));
