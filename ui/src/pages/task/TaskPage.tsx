/** One task: its flow, its jobs, its versions, its triggers and its definition. */
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { Sha } from "../../components/Copy";
import { ApiError } from "../../api/problem";
import { NearNames } from "../../components/NearNames";
import { ErrorState } from "../../components/ErrorState";
import { Outcomes } from "../../components/Outcomes";
import { PageHead } from "../../components/PageHead";
import { PlainText } from "../../components/PlainText";
import { Skeleton } from "../../components/States";
import { Tabs } from "../../components/Tabs";
import { Time } from "../../components/Time";
import { nameOf } from "../../lib/commits";
import { useTaskOverviews } from "../../queries/overview";
import { type TaskDetail, useTask } from "../../queries/tasks";
import { AtRevision } from "./AtRevision";
import { DefinitionTab } from "./DefinitionTab";
import { FlowTab } from "./FlowTab";
import { RunsTab } from "./RunsTab";
import type { TaskTab } from "./search";
import { TaskActs } from "./TaskActs";
import { TriggersTab } from "./TriggersTab";
import { VersionsTab } from "./VersionsTab";

export function TaskPage() {
  const { workspace, task: name } = useParams({ from: "/tasks/$workspace/$task" });
  const { at } = useSearch({ from: "/tasks/$workspace/$task" });
  const task = useTask(workspace, name, at);
  if (task.isPending) return <Skeleton />;
  if (!task.data) return <NoTask workspace={workspace} name={name} at={at} error={task.error} onRetry={() => void task.refetch()} />;
  return <Task key={`${workspace}/${name}`} task={task.data} />;
}

function NoTask({ workspace, name, at, error, onRetry }: { workspace: string; name: string; at: string | undefined; error: Error; onRetry: () => void }) {
  const { data: all = [] } = useTaskOverviews({});
  return (
    <>
      <PageHead title={name} />
      <div className="px-4">
        <ErrorState error={error} what={`The task ${name} could not be read${at ? ` at ${at}` : ""}`} onRetry={onRetry}>
          {error instanceof ApiError && error.status === 404 && <MeantTask workspace={workspace} name={name} tasks={all} />}
        </ErrorState>
        <p className="flex flex-wrap gap-x-4">
          {at && <Link to="." search={(now) => ({ ...now, at: undefined })} className="text-accent underline">Show it at the active revision</Link>}
          <Link to="/tasks" className="text-accent underline">All tasks</Link>
        </p>
      </div>
    </>
  );
}

const addressOf = (task: { workspace: string; name: string }) => `${task.workspace}/${task.name}`;

function MeantTask({ workspace, name, tasks }: { workspace: string; name: string; tasks: readonly { workspace: string; name: string }[] }) {
  const linkTo = (address: string) => {
    const [first = "", ...rest] = address.split("/");
    return <Link to="/tasks/$workspace/$task" params={{ workspace: first, task: rest.join("/") }} className="text-accent underline">{address}</Link>;
  };
  return <NearNames wanted={`${workspace}/${name}`} names={tasks.map(addressOf)} linkTo={linkTo} />;
}

function Task({ task }: { task: TaskDetail }) {
  const { tab = "flow", step, at } = useSearch({ from: "/tasks/$workspace/$task" });
  const navigate = useNavigate();
  const params = { workspace: task.workspace, task: task.name };
  const open = (next: TaskTab) => void navigate({ to: "/tasks/$workspace/$task", params, search: { tab: next, at }, replace: true });
  const choose = (next: string) => void navigate({ to: ".", search: (now: object) => ({ ...now, step: next }), replace: true });
  const tabs = [
    { id: "flow", label: `Flow ${Object.keys(task.flow).length}`, content: <FlowTab task={task} step={step} onStep={choose} /> },
    { id: "runs", label: "Runs", content: <RunsTab task={task} /> },
    { id: "versions", label: "Versions", content: <VersionsTab task={task} /> },
    { id: "triggers", label: `Triggers ${task.triggers.length}`, content: <TriggersTab task={task} /> },
    { id: "definition", label: "Definition", content: <DefinitionTab task={task} step={step} /> },
  ];
  return (
    <div className="flex min-h-0 flex-1 flex-col max-md:overflow-y-auto">
      <PageHead tab={task.title ?? task.name} title={<><bdi>{task.title ?? task.name}</bdi>{task.title && <span className="text-14 font-normal text-muted"> {task.name}</span>}</>} about={task.description && <PlainText text={task.description} />}>
        <TaskActs task={task} at={at} />
      </PageHead>
      <Facts task={task} at={at} />
      <div className="flex min-h-0 flex-1 flex-col max-md:min-h-[70dvh] max-md:shrink-0">
        <Tabs label="Parts of the task" tabs={tabs} chosen={tab} onChoose={(id) => open(id as TaskTab)} />
      </div>
    </div>
  );
}

/** The active revision, the commit that last changed the task, and how its last jobs went. */
function Facts({ task, at }: { task: TaskDetail; at: string | undefined }) {
  const { data = [] } = useTaskOverviews({ workspace: task.workspace });
  const found = data.find((each) => each.name === task.name);
  const commit = found?.changed_by;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 pb-2 text-12 text-muted">
      <span>{task.workspace} @ <Sha revision={task.revision} />{at && <span className="font-medium text-waits"> not the active revision</span>}</span>
      <AtRevision key={at ?? ""} workspace={task.workspace} task={task.name} at={at} />
      {commit && <span className="flex max-w-full min-w-0 items-center gap-x-1"><span className="shrink-0">last changed by <Sha revision={commit.revision} /></span> <bdi className="clip" title={commit.subject}>{commit.subject}</bdi> · <bdi className="clip max-w-40 shrink-0" title={commit.author}>{nameOf(commit.author)}</bdi> · <span className="shrink-0"><Time at={commit.at} /></span></span>}
      {Object.entries(task.labels ?? {}).map(([name, value]) => <span key={name} className="clip max-w-full sm:max-w-96" title={`${name}=${value}`}>{name}=<bdi>{value}</bdi></span>)}
      {found && <Outcomes jobs={found.last_jobs} label={`Last jobs of ${task.name}`} />}
    </div>
  );
}
