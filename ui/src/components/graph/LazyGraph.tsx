/** The graph, whose code is loaded when the first one is shown. */
import { type ComponentProps, Suspense } from "react";
import { lazily } from "../../lib/lazily";
import { Skeleton } from "../States";
import type { Graph } from "./Graph";

const Loaded = lazily(() => import("./Graph"), "Graph");

export const LazyGraph = (props: ComponentProps<typeof Graph>) => <Suspense fallback={<Skeleton rows={4} />}><Loaded {...props} /></Suspense>;
