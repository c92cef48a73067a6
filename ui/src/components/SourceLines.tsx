/** The text of a file with the numbers of its lines, from `from` to `to` marked; read only, and it opens there. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef } from "react";
import { classes } from "../lib/classes";
import { type Token, tokensOf } from "../lib/yaml";

const LINE = 18;
/** Colours that can be read on a marked line too. */
const LOOKS: Record<Token["kind"], string> = { key: "text-accent", text: "", number: "text-live", comment: "text-muted", mark: "text-muted", template: "text-live", plain: "" };

type Props = { text: string; from: number; to: number; label: string; isYaml?: boolean };

export function SourceLines({ text, from, to, label, isYaml = true }: Props) {
  const lines = useMemo(() => text.split("\n"), [text]);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({ count: lines.length, getScrollElement: () => scroller.current, estimateSize: () => LINE, overscan: 20 });
  useEffect(() => virtual.scrollToIndex(from - 1, { align: "center" }), [virtual, from]);
  return (
    <div ref={scroller} tabIndex={0} role="region" aria-label={label} className="min-h-0 flex-1 overflow-auto border-t border-line font-mono text-12 -outline-offset-2">
      <div className="relative w-max min-w-full" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(({ index, start }) => (
          <div key={index} className={classes("absolute left-0 flex min-w-full whitespace-pre", index >= from - 1 && index < to && "bg-selected")} style={{ height: LINE, transform: `translateY(${start}px)` }}>
            <span aria-hidden data-number={index + 1} className="w-14 shrink-0 pr-3 text-right text-muted select-none before:content-[attr(data-number)]" />
            <span>{isYaml ? tokensOf(lines[index] ?? "").map((token, at) => <span key={at} className={LOOKS[token.kind]}>{token.text}</span>) : lines[index]}{"\n"}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
