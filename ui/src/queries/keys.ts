/** The keys of all queries. The first word is the noun, by which live.ts invalidates. */
export const keys = {
  config: ["config"],
  me: ["me"],
  jobs: ["jobs"],
  job: (id: string) => ["job", id],
  workspaces: ["workspaces"],
  tasks: ["tasks"],
  triggers: ["triggers"],
  approvals: ["approvals"],
  workers: ["workers"],
} as const;
