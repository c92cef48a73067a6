/** What the address of the approvals holds: the job whose questions come first. */
export type ApprovalsSearch = { job?: string | undefined };

export const readApprovalsSearch = (raw: Record<string, unknown>): ApprovalsSearch => ({
  job: typeof raw["job"] === "string" && raw["job"] !== "" ? raw["job"] : undefined,
});
