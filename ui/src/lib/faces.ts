/** The APIs that a server can have for the same jobs: where each shows a job, and what it calls its status. */
export type Face = {
  name: string;
  /** The path in the server's description that says that it is served; null: always. */
  marker: string | null;
  path: string;
  /** Where in its answer the status stands. */
  status: readonly string[];
  /** What a job is called in it. */
  noun: string;
};

export const FACES: readonly Face[] = [
  { name: "gitflow", marker: null, path: "/api/jobs/{id}", status: ["status"], noun: "job" },
  { name: "Workflow runs", marker: "/v1/workflow-runs/{run}", path: "/v1/workflow-runs/{id}", status: ["status"], noun: "run" },
  { name: "Cloudflare Workflows", marker: "/accounts/{account_id}/workflows/{workflow_name}/instances/{instance_id}", path: "/client/v4/accounts/{workspace}/workflows/{task}/instances/{id}", status: ["result", "status"], noun: "instance" },
  { name: "Komand", marker: "/v2/jobs/{job}", path: "/v2/jobs/{id}", status: ["status"], noun: "job" },
  { name: "ActiveWorkflow", marker: "/api/v1/agents", path: "/api/v1/agents", status: [], noun: "message of the agent" },
];

type Job = { job_id: string; workspace: string; task_name: string };

export function pathOf({ path }: Face, { job_id, workspace, task_name }: Job): string {
  const values: Record<string, string> = { id: job_id, workspace, task: task_name };
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ""));
}

export function statusIn({ status }: Face, body: unknown): string | null {
  if (status.length === 0) return null;
  let found = body;
  for (const name of status) found = typeof found === "object" && found !== null ? (found as Record<string, unknown>)[name] : undefined;
  return typeof found === "string" ? found : null;
}
