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
  users: ["users"],
  apiKeys: ["api keys"],
  audit: ["audit"],
  settings: ["settings"],
} as const;
