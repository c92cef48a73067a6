/** What shows the steps: the timeline, the graph or the history. */
import { classes } from "../../lib/classes";
import { type View, VIEWS } from "./search";

const WORDS: Record<View, string> = { timeline: "Timeline", graph: "Graph", history: "History" };
const KEYS: Record<View, string> = { timeline: "t", graph: "g", history: "h" };

export function ViewSwitch({ view, onView }: { view: View; onView: (view: View) => void }) {
  return (
    <div role="group" aria-label="View" className="flex shrink-0 items-center gap-0.5 rounded-md border border-line p-0.5">
      {VIEWS.map((each) => (
        <button key={each} type="button" aria-pressed={each === view} onClick={() => onView(each)} title={`Key ${KEYS[each]}`}
          className={classes("min-h-[24px] rounded-sm px-2 text-12", each === view ? "bg-selected font-medium text-ink" : "text-muted hover:text-ink")}>
          {WORDS[each]}
        </button>
      ))}
    </div>
  );
}
