/** ⌘K: do something with what is shown, go to a task, a job or a page, or run a task. */
import { useNavigate } from "@tanstack/react-router";
import { Command } from "cmdk";
import { Dialog as Radix } from "radix-ui";
import { useState } from "react";
import { useJobs } from "../queries/jobs";
import { useTasks, useWorkspaces } from "../queries/tasks";
import { lookOf } from "../lib/status";
import { shortId } from "../lib/ids";
import { usePageActs } from "../lib/pageActs";
import { closeOverlay } from "./overlays";
import { PLACES } from "./places";

const UUID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/i;
const ITEM = "flex min-h-(--target) items-center gap-2 rounded-sm px-2 data-[selected=true]:bg-hover";
const GROUP = "[&_[cmdk-group-heading]]:px-2 [&_[cmdk-group-heading]]:py-1 [&_[cmdk-group-heading]]:text-12 [&_[cmdk-group-heading]]:text-muted";

export function Palette() {
  const [typed, setTyped] = useState("");
  const navigate = useNavigate();
  const { data: workspaces = [] } = useWorkspaces();
  const { tasks } = useTasks(workspaces.map((each) => each.name));
  const recent = useJobs({}).data?.pages[0]?.items.slice(0, 8) ?? [];
  const then = (go: () => Promise<void>) => () => {
    closeOverlay();
    void go();
  };
  const query = typed.trim();
  const acts = usePageActs();
  return (
    <Radix.Root open onOpenChange={(open) => !open && closeOverlay()}>
      <Radix.Portal>
        <Radix.Overlay className="fade-in fixed inset-0 z-40 bg-scrim" />
        <Radix.Content aria-describedby={undefined} className="rise-in fixed top-[12vh] left-1/2 z-40 w-[min(600px,calc(100vw-32px))] -translate-x-1/2 overflow-hidden rounded-md bg-raised shadow-overlay">
          <Radix.Title className="sr-only">Go to or do</Radix.Title>
          <Command label="Go to or do" loop>
            <Command.Input value={typed} onValueChange={setTyped} placeholder="A page, a task, the id of a job, a revision"
              className="h-12 w-full border-b border-line bg-raised px-4 text-14 outline-none placeholder:text-muted" />
            <Command.List className="max-h-[50vh] overflow-y-auto p-2">
              <Command.Empty className="px-2 py-6 text-center text-muted">Nothing has this name.</Command.Empty>
              {UUID.test(query) && (
                <Command.Item value={query} className={ITEM} onSelect={then(() => navigate({ to: "/jobs/$id", params: { id: query.toLowerCase() } }))}>Open the job {query}</Command.Item>
              )}
              {/^[0-9a-f]{7,64}$/i.test(query) && (
                <Command.Item value={query} className={ITEM} onSelect={then(() => navigate({ to: "/jobs", search: { revision: query } }))}>Jobs of the revision {query}</Command.Item>
              )}
              {acts.length > 0 && (
                <Command.Group heading="What is shown" className={GROUP}>
                  {acts.map((act) => (
                    <Command.Item key={`${act.label} ${act.about}`} value={`act ${act.label} ${act.about}`} className={ITEM} onSelect={() => { closeOverlay(); act.onSelect(); }}>
                      {act.label}<span className="clip text-muted">{act.about}</span>
                    </Command.Item>
                  ))}
                </Command.Group>
              )}
              <Command.Group heading="Run a task" className={GROUP}>
                {tasks.map((task) => (
                  <Command.Item key={`${task.workspace}/${task.name}`} value={`run ${task.workspace}/${task.name}`} className={ITEM}
                    onSelect={then(() => navigate({ to: ".", search: (now: object) => ({ ...now, run: `${task.workspace}/${task.name}` }) }))}>
                    <span className="clip">Run {task.name}</span><span className="clip text-muted">{task.workspace}</span>
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Tasks" className={GROUP}>
                {tasks.map((task) => (
                  <Command.Item key={`${task.workspace}/${task.name}`} value={`task ${task.workspace}/${task.name} ${task.title ?? ""}`} className={ITEM}
                    onSelect={then(() => navigate({ to: "/tasks/$workspace/$task", params: { workspace: task.workspace, task: task.name } }))}>
                    <span className="clip">{task.title ?? task.name}</span><span className="clip text-muted">{task.title && `${task.name} · `}{task.workspace}</span>
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Recent jobs" className={GROUP}>
                {recent.map((job) => (
                  <Command.Item key={job.job_id} value={`job ${job.task_name} ${job.job_id}`} className={ITEM} onSelect={then(() => navigate({ to: "/jobs/$id", params: { id: job.job_id } }))}>
                    {job.task_name}<span className="text-muted">{lookOf(job.status).word}</span><span className="font-mono text-12 text-muted">{shortId(job.job_id)}</span>
                  </Command.Item>
                ))}
              </Command.Group>
              <Command.Group heading="Pages" className={GROUP}>
                {PLACES.map((place) => (
                  <Command.Item key={place.to} value={`page ${place.label}`} className={ITEM} onSelect={then(() => navigate({ to: place.to }))}>
                    {place.label}{place.keys && <kbd className="ml-auto text-12 text-muted">{place.keys}</kbd>}
                  </Command.Item>
                ))}
              </Command.Group>
            </Command.List>
          </Command>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
