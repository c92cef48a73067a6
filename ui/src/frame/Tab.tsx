import { useTab } from "../lib/tab";
import { useApprovalCount } from "../queries/approvals";

/** The tab of the browser counts what waits for a decision. */
export function Tab() {
  useTab(useApprovalCount());
  return null;
}
