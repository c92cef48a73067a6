/** Every address of the pages. A page is a folder below pages/, loaded when it is first opened. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Skeleton } from "../components/States";
import { patiently } from "../lib/lazily";
import { parseSearch, stringifySearch } from "../lib/search";
import { readAuditSearch } from "../pages/audit/filters";
import { readFilesSearch } from "../pages/files/search";
import { readSearch } from "../pages/jobs/filters";
import { readJobSearch } from "../pages/job/search";
import { readTriggersSearch } from "../pages/triggers/search";
import { readApprovalsSearch } from "../pages/approvals/search";
import { readSignInSearch } from "../pages/sign-in/search";
import { readTaskSearch } from "../pages/task/search";
import { readTasksSearch } from "../pages/tasks/search";
import { Broken, NotFound, Root } from "./Root";

/** A page, by the module that has it. */
const pageOf = <Name extends string>(load: () => Promise<Record<Name, () => ReactNode>>, name: Name) => lazyRouteComponent(patiently(load), name);

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

/** Of every page: the chosen workspace, and the task whose form lies over it (`?run=workspace/task`), with the input of a job (`&of=id`). */
type RootSearch = { workspace?: string | undefined; run?: string | undefined; of?: string | undefined; rev?: string | undefined };

const root = createRootRoute({
  component: Root,
  notFoundComponent: NotFound,
  validateSearch: (raw: Record<string, unknown>): RootSearch => ({ workspace: text(raw["workspace"]), run: text(raw["run"]), of: text(raw["of"]), rev: text(raw["rev"]) }),
});

const jobs = createRoute({
  getParentRoute: () => root,
  path: "/jobs",
  validateSearch: readSearch,
  component: pageOf(() => import("../pages/jobs/JobsPage"), "JobsPage"),
});

const job = createRoute({
  getParentRoute: () => root,
  path: "/jobs/$id",
  validateSearch: readJobSearch,
  component: pageOf(() => import("../pages/job/JobPage"), "JobPage"),
});

const git = createRoute({ getParentRoute: () => root, path: "/git", component: pageOf(() => import("../pages/git/WorkspaceList"), "WorkspaceList") });

const gitWorkspace = createRoute({
  getParentRoute: () => root,
  path: "/git/$workspace",
  component: pageOf(() => import("../pages/git/WorkspacePage"), "WorkspacePage"),
});

const gitPlan = createRoute({
  getParentRoute: () => root,
  path: "/git/$workspace/plan",
  validateSearch: (raw: Record<string, unknown>): { base?: string | undefined; head?: string | undefined } => ({ base: text(raw["base"]), head: text(raw["head"]) }),
  component: pageOf(() => import("../pages/plan/PlanPage"), "PlanPage"),
});

const gitFiles = createRoute({
  getParentRoute: () => root,
  path: "/git/$workspace/files",
  validateSearch: readFilesSearch,
  component: pageOf(() => import("../pages/files/FilesPage"), "FilesPage"),
});

const audit = createRoute({
  getParentRoute: () => root,
  path: "/audit",
  validateSearch: readAuditSearch,
  component: pageOf(() => import("../pages/audit/AuditPage"), "AuditPage"),
});

const triggers = createRoute({
  getParentRoute: () => root,
  path: "/triggers",
  validateSearch: readTriggersSearch,
  component: pageOf(() => import("../pages/triggers/TriggersPage"), "TriggersPage"),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  validateSearch: readSignInSearch,
  component: pageOf(() => import("../pages/sign-in/SignInPage"), "SignInPage"),
});

const overview = createRoute({
  getParentRoute: () => root,
  path: "/",
  component: pageOf(() => import("../pages/overview/OverviewPage"), "OverviewPage"),
});

const approvals = createRoute({
  getParentRoute: () => root,
  path: "/approvals",
  validateSearch: readApprovalsSearch,
  component: pageOf(() => import("../pages/approvals/ApprovalsPage"), "ApprovalsPage"),
});

const tasks = createRoute({
  getParentRoute: () => root,
  path: "/tasks",
  validateSearch: readTasksSearch,
  component: pageOf(() => import("../pages/tasks/TasksPage"), "TasksPage"),
});

const task = createRoute({
  getParentRoute: () => root,
  path: "/tasks/$workspace/$task",
  validateSearch: readTaskSearch,
  component: pageOf(() => import("../pages/task/TaskPage"), "TaskPage"),
});
/** A page whose address has only what every address has. */
const page = <Path extends string, Name extends string>(path: Path, load: () => Promise<Record<Name, () => ReactNode>>, name: Name) =>
  createRoute({ getParentRoute: () => root, path, component: pageOf(load, name) });

const routeTree = root.addChildren([
  overview,
  jobs,
  job,
  tasks,
  task,
  approvals,
  signIn,
  git,
  gitWorkspace,
  gitPlan,
  gitFiles,
  triggers,
  page("/queue", () => import("../pages/queue/QueuePage"), "QueuePage"),
  page("/secrets", () => import("../pages/secrets/SecretsPage"), "SecretsPage"),
  page("/people", () => import("../pages/people/PeoplePage"), "PeoplePage"),
  page("/keys", () => import("../pages/keys/KeysPage"), "KeysPage"),
  audit,
  page("/device", () => import("../pages/device/DevicePage"), "DevicePage"),
  page("/settings", () => import("../pages/settings/SettingsPage"), "SettingsPage"),
]);

export const router = createRouter({
  routeTree,
  parseSearch,
  stringifySearch,
  defaultPreload: "intent",
  defaultPendingComponent: Skeleton,
  defaultErrorComponent: Broken,
  scrollRestoration: true,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
