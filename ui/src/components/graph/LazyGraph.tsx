/** The graph, whose code is loaded when the first one is shown. */
import { type ComponentProps, lazy, Suspense } from "react";
import { Skeleton } from "../States";
import type { Graph } from "./Graph";

const Loaded = lazy(() => import("./Graph").then((module) => ({ default: module.Graph })));

export const LazyGraph = (props: ComponentProps<typeof Graph>) => <Suspense fallback={<Skeleton rows={4} />}><Loaded {...props} /></Suspense>;
