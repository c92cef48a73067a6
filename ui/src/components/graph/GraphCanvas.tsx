import { useViewport } from "@xyflow/react";
import { useLayoutEffect, useRef } from "react";
import { type ColourOf, paint, type Painted, type Size } from "./paint";

const STATES = new Set(["good", "bad", "live", "waits", "idle"]);

/** The colours of the theme; where the system has colours of its own, those. */
function coloursOf(element: Element): ColourOf {
  if (matchMedia("(forced-colors: active)").matches) return (token) => (token === "raised" ? "Canvas" : token === "accent" ? "Highlight" : "CanvasText");
  const style = getComputedStyle(element);
  return (token) => style.getPropertyValue(STATES.has(token) ? `--state-${token}` : `--${token}`);
}

/** Below the nodes: the edges, and the nodes themselves while they are small. It follows each move of the view. */
export function GraphCanvas({ graph, size, theme }: { graph: Painted; size: Size; theme: string | undefined }) {
  const { x, y, zoom } = useViewport();
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const element = canvas.current;
    const context = element?.getContext("2d");
    if (!element || !context) return;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [Math.round(size.width * ratio), Math.round(size.height * ratio)];
    if (element.width !== width || element.height !== height) Object.assign(element, { width, height });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    paint(context, graph, { x, y, zoom }, size, coloursOf(element));
  }, [graph, size, theme, x, y, zoom]);
  return <canvas ref={canvas} aria-hidden className="pointer-events-none absolute inset-0 -z-[1]" style={size} data-zoom={zoom.toFixed(2)} />;
}
