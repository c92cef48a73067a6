/** On a server that has never run a job: what one begins with. */
import { Link } from "@tanstack/react-router";
import { Play } from "lucide-react";
import { EmptyState } from "../../components/States";
import { useTaskOverviews } from "../../queries/overview";

export function FirstRun({ workspace }: { workspace: string | undefined }) {
  const { data: tasks } = useTaskOverviews({ workspace });
  if (tasks === undefined || tasks.some((task) => task.last_jobs.length > 0)) return null;
  const first = tasks.find((task) => task.name === "hello-world") ?? tasks[0];
  if (!first) return <EmptyState title="No workspace has a task yet. This writes the first:" command="gitflow init" />;
  return (
    <div className="mx-4 mb-3 flex flex-wrap items-center gap-3 rounded-md border border-line bg-panel px-4 py-3">
      <p className="min-w-0 flex-1 basis-60">No job has run yet. Begin with <b className="wrap-anywhere">{first.title ?? first.name}</b>, or <Link to="/tasks" search={{ workspace }} className="text-accent underline">choose another task</Link>.</p>
      <Link to="." search={(now) => ({ ...now, run: `${first.workspace}/${first.name}` })} className="inline-flex min-h-(--target) items-center gap-1.5 rounded-md bg-accent px-2.5 font-medium text-on-accent hover:opacity-90"><Play size={13} aria-hidden />Run first task…</Link>
    </div>
  );
}
