import { useEffect, useMemo, useState } from "react";
import type { Flow } from "./fold";
import { byLayers } from "./layers";
import { type Asked, MAX_DAGRE, type Placed } from "./size";

/** A flow of a revision never changes, so what was laid out once is kept. */
const known = new Map<string, Placed>();
const MAX_KNOWN = 50;

/** The places of the nodes; undefined until they are worked out, and where there are too many. */
export function useLayout(flow: Flow, isTooLarge: boolean): Placed | undefined {
  const isLarge = flow.nodes.length > MAX_DAGRE;
  const layers = useMemo(() => (isLarge && !isTooLarge ? byLayers(flow) : undefined), [flow, isLarge, isTooLarge]);
  const small = useDagre(flow, isLarge);
  return layers ?? small;
}

/** In a worker, as it takes up to a second. */
function useDagre({ nodes, edges }: Flow, isTooLarge: boolean): Placed | undefined {
  const key = useMemo(
    () => (isTooLarge ? null : JSON.stringify({ ids: nodes.map((each) => each.id), edges: edges.map(({ from, to }) => [from, to]) })),
    [nodes, edges, isTooLarge],
  );
  const [made, setMade] = useState<{ key: string; placed: Placed }>();
  useEffect(() => {
    if (key === null || known.has(key)) return;
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<{ key: string; placed: Placed }>) => {
      if (known.size >= MAX_KNOWN) known.clear();
      known.set(data.key, data.placed);
      setMade(data);
      worker.terminate();
    };
    worker.postMessage({ ...(JSON.parse(key) as Asked), key });
    return () => worker.terminate();
  }, [key]);
  return key === null ? undefined : (known.get(key) ?? (made?.key === key ? made.placed : undefined));
}
