/** Tasks and workspaces, and running a task. */
import { keepPreviousData, useMutation, useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { answer, api, type Schemas } from "../api/client";
import { keys } from "./keys";

export type Workspace = Schemas["Workspace"];
export type TaskItem = Schemas["TaskItem"];
export type TaskDetail = Schemas["TaskDetail"];
export type InputField = Schemas["InputField"];
export type Execute = Schemas["Execute"];
export type Plan = Schemas["Plan"];

export function useWorkspaces() {
  return useQuery({
    queryKey: keys.workspaces,
    queryFn: ({ signal }) => answer(api.GET("/api/workspaces", { signal })),
  });
}

/** The task at the active revision, or at a branch, a tag or a commit. */
export function useTask(workspace: string, name: string, revision = "") {
  return useQuery({
    queryKey: [...keys.tasks, workspace, name, ...(revision === "" ? [] : ["at", revision])],
    queryFn: ({ signal }) =>
      answer(api.GET("/api/workspaces/{ws}/tasks/{name}", { params: { path: { ws: workspace, name }, query: revision === "" ? {} : { revision } }, signal })),
    ...(revision !== "" && { retry: false }),
    // While another revision of the same task is read, this one stays.
    placeholderData: (before) => (before?.workspace === workspace && before.name === name ? before : undefined),
  });
}

/** The tasks of these workspaces, in one list. */
export function useTasks(workspaces: readonly string[]): { tasks: TaskItem[]; isPending: boolean } {
  return useQueries({
    queries: workspaces.map((ws) => ({
      queryKey: [...keys.tasks, ws],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        answer(api.GET("/api/workspaces/{ws}/tasks", { params: { path: { ws } }, signal })),
    })),
    combine: (found) => ({
      tasks: found.flatMap((each) => each.data ?? []),
      isPending: found.some((each) => each.isPending),
    }),
  });
}

const execution = (workspace: string, name: string) => ({ path: { ws: workspace, name } });

/** What would run. It is asked again whenever the input changes; `null` asks nothing. */
export function useDryRun(workspace: string, name: string, body: Execute | null) {
  return useQuery({
    queryKey: [...keys.tasks, workspace, name, "dry run", body],
    enabled: body !== null,
    queryFn: async ({ signal }) => {
      const params = { ...execution(workspace, name), query: { dry_run: true } };
      const path = "/api/workspaces/{ws}/tasks/{name}/execute";
      return (await answer(api.POST(path, { params, body: body ?? {}, signal }))) as Plan;
    },
    placeholderData: keepPreviousData,
    retry: false,
  });
}

/** A job for each input; those that are refused do not keep the others from being made. */
export function useExecuteMany(workspace: string, name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (inputs: Record<string, unknown>[]) =>
      (await answer(api.POST("/api/workspaces/{ws}/tasks/{name}/batch", { params: execution(workspace, name), body: { inputs } }))).results,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.jobs }),
  });
}

export function useExecute(workspace: string, name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ body, key }: { body: Execute; key: string }) => {
      const path = "/api/workspaces/{ws}/tasks/{name}/execute";
      const options = { params: execution(workspace, name), body, headers: { "Idempotency-Key": key } };
      return (await answer(api.POST(path, options))) as Schemas["Created"];
    },
    onSuccess: () => client.invalidateQueries({ queryKey: keys.jobs }),
  });
}
