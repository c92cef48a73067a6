/** The acts on the job: the one that its state asks for as a button, the others in a menu. */
import { useNavigate } from "@tanstack/react-router";
import { Suspense, useLayoutEffect, useState } from "react";
import { lazily } from "../../../lib/lazily";
import { Button } from "../../../components/Button";
import { isTyping } from "../../../lib/keyboard";
import { useOffer } from "../../../lib/pageActs";
import { useKeys } from "../../../lib/useKeys";
import { hasFailed } from "../../../lib/status";
import type { JobDetail } from "../../../queries/jobs";
import { useLastGood } from "../../../queries/jobContext";
import { useOperations } from "../../../queries/operations";
import { ActDialog } from "../acts/ActDialog";
import { ActMenu, openMenu } from "../acts/ActMenu";
import { type Choice, choicesOf, fits, primaryOf, titleOf } from "../acts/table";
import { askedStep } from "../askedStep";

const FacesSheet = lazily(() => import("../faces/FacesSheet"), "FacesSheet");

const MENU = "More operations on this job";
const RUN_AGAIN = "Run job again";
const COMPARE = "Compare with the last good run";
const IN_EACH_API = "Show job in each API";

export function JobActs({ job, chosen }: { job: JobDetail; chosen: string | undefined }) {
  const [asked, setAsked] = useState<Choice | null>(null);
  const { data: found = [] } = useOperations(job, askedStep(job, chosen));
  const [showsFaces, setShowsFaces] = useState(false);
  const navigate = useNavigate();
  const primary = primaryOf(found, job.status);
  const choices = choicesOf(found).filter((each) => fits(each, job.status));
  const rerun = found.find((each) => each.operation === "rerun");
  const openRun = () => void navigate({ to: ".", search: (now: object) => ({ ...now, run: `${job.workspace}/${job.task_name}`, of: job.job_id }) });
  const { data: good } = useLastGood(job);
  const compare = () => void navigate({ to: ".", search: (now: object) => ({ ...now, compare: good?.job_id }) });
  const retry = choices.find((each) => each.act.operation === "retry" && each.allowed);
  const ofStep = chosen === undefined ? [] : choicesOf(found, chosen);
  useOffer([
    ...[...choices, ...ofStep].filter((each) => each.allowed).map((each) => ({ label: `${titleOf(each.act)}…`, about: job.task_name, onSelect: () => setAsked(each) })),
    ...(rerun?.allowed ? [{ label: `${RUN_AGAIN}…`, about: job.task_name, onSelect: openRun }] : []),
    ...(good ? [{ label: COMPARE, about: job.task_name, onSelect: compare }] : []),
    { label: IN_EACH_API, about: job.task_name, onSelect: () => setShowsFaces(true) },
  ]);
  useKeys({
    r: () => (retry ? setAsked(retry) : rerun?.allowed && openRun()),
    ".": () => openMenu(MENU),
  });
  useLayoutEffect(() => {
    // The character of ⌥A differs between keyboards; its key does not.
    const onKey = (event: KeyboardEvent) => {
      if (!event.altKey || event.code !== "KeyA" || event.ctrlKey || event.metaKey || isTyping(event)) return;
      event.preventDefault();
      setShowsFaces(true);
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
  return (
    <span className="flex shrink-0 gap-2">
      {primary ? (
        <Button look={primary.act.operation === "cancel" ? "danger" : "primary"} onClick={() => setAsked(primary)}>{labelOf(primary, job)}</Button>
      ) : (
        rerun?.allowed && <Button onClick={openRun}>{RUN_AGAIN}…</Button>
      )}
      {found.length > 0 && (
        <ActMenu name={MENU} choices={choices.filter((each) => each !== primary)} onChoose={setAsked}
          more={[
            ...(rerun && (primary || !rerun.allowed) ? [{ verb: RUN_AGAIN, onSelect: openRun, because: rerun.allowed ? null : rerun.because }] : []),
            { verb: IN_EACH_API, onSelect: () => setShowsFaces(true), because: null },
            { verb: COMPARE, onSelect: compare, because: good ? null : "No job of this task completed before." },
          ]} />
      )}
      <Suspense fallback={null}>{showsFaces && <FacesSheet job={job} onClose={() => setShowsFaces(false)} />}</Suspense>
      {asked && <ActDialog key={`${asked.act.operation} ${asked.act.step ?? ""}`} job={job} choice={asked} onClose={() => setAsked(null)} />}
    </span>
  );
}

function labelOf(choice: Choice, job: JobDetail): string {
  if (choice.act.operation === "retry" && hasFailed(job.status)) return "Retry from failed…";
  return `${titleOf(choice.act)}…`;
}
