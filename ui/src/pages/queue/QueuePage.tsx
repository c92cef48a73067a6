/** What holds jobs back: the groups that let only some run at once, and the workers. */
import { useSearch } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { Loaded } from "../../components/Loaded";
import { PageHead } from "../../components/PageHead";
import { useDraining, useGroups, useUnassigned, useWorkers } from "../../queries/queue";
import { Drain } from "./Drain";
import { Group } from "./Group";
import { Unassigned } from "./Unassigned";
import { Workers } from "./Workers";

export function QueuePage() {
  const { workspace } = useSearch({ from: "__root__" });
  const groups = useGroups(workspace);
  const workers = useWorkers();
  const unassigned = useUnassigned(workspace);
  const draining = useDraining();
  return (
    <div className="min-h-0 flex-1 overflow-y-auto pb-8">
      <PageHead title="Queue & workers">{draining.data && <Drain state={draining.data} />}</PageHead>
      <Unassigned steps={unassigned.data ?? []} />
      <Part title="Concurrency groups" count={groups.data?.length}>
        <Loaded query={groups} what="The concurrency groups could not be read">
          {(found) => (found.length === 0
            ? <Note>No job holds a place of a group, and none waits for one. A task names its group under <code>concurrency</code>.</Note>
            : <div className="grid gap-3 px-4 rail:grid-cols-2">{found.map((group) => <Group key={`${group.workspace}/${group.group}`} group={group} />)}</div>)}
        </Loaded>
      </Part>
      <Part title="Workers" count={workers.data?.length}>
        <Loaded query={workers} what="The workers could not be read">
          {(found) => (found.length === 0 ? <Note>No worker has registered. Start one with <code>gitflow server</code>.</Note> : <Workers workers={found} />)}
        </Loaded>
      </Part>
    </div>
  );
}

function Part({ title, count, children }: { title: string; count: number | undefined; children: ReactNode }) {
  return (
    <section className="mt-4">
      <h2 className="px-4 pb-2 text-14">{title}{count !== undefined && count > 0 && <span className="font-normal text-muted"> · {count}</span>}</h2>
      {children}
    </section>
  );
}

const Note = ({ children }: { children: ReactNode }) => <p className="max-w-[72ch] px-4 text-muted">{children}</p>;
