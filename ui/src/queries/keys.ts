/** The keys of all queries. The first word is the noun, by which live.ts invalidates. */
export const keys = {
  config: ["config"],
  me: ["me"],
  jobs: ["jobs"],
  job: (id: string) => ["job", id],
  /** Of what follows from a job as it stands: it is asked again when the job has another version, and not before. */
  version: (id: string, version: number) => ["version of job", id, version],
  /** Of what never changes once it is printed; the stream of the log makes it fresh, not that of the jobs. */
  log: (id: string) => ["log", id],
  /** What a job or a task is held against: other jobs that begin and end hardly change it. */
  past: (of: string) => ["past", of],
  workspaces: ["workspaces"],
  tasks: ["tasks"],
  triggers: ["triggers"],
  approvals: ["approvals"],
  workers: ["workers"],
  /** Numbers and times over many jobs: they change as jobs begin and end, not with each step. */
  counts: ["counts"],
  /** What a revision defines: it changes only with the revision. */
  definitions: ["definitions"],
  users: ["users"],
  apiKeys: ["api keys"],
  audit: ["audit"],
  settings: ["settings"],
} as const;
