/** Buttons: the verb and its object. `primary` at most once on a page. */
import type { ButtonHTMLAttributes, ReactNode } from "react";
import { classes } from "../lib/classes";
import { Tooltip } from "./Tooltip";

const LOOKS = {
  primary: "bg-accent text-on-accent hover:opacity-90 font-medium",
  plain: "border border-line bg-raised hover:bg-hover",
  quiet: "text-muted hover:bg-hover hover:text-ink",
  danger: "border border-bad text-bad hover:bg-hover font-medium",
} as const;

type Props = ButtonHTMLAttributes<HTMLButtonElement> & { look?: keyof typeof LOOKS; keys?: string };

const SHAPE = "inline-flex items-center justify-center gap-1.5 rounded-md text-13 whitespace-nowrap select-none disabled:opacity-50 disabled:cursor-not-allowed min-h-(--target)";

/** `keys`: its shortcut, shown beside its words. */
export function Button({ look = "plain", keys, className, children, type = "button", ...rest }: Props) {
  return (
    <button type={type} className={classes(SHAPE, LOOKS[look], "px-2.5", className)} {...rest}>
      {children}
      {keys && <kbd aria-hidden className="text-12 opacity-80">{keys}</kbd>}
    </button>
  );
}

/** A button of an icon alone; its name is a tooltip. */
export function IconButton({ name, children, look = "quiet", className, ...rest }: Props & { name: string; children: ReactNode }) {
  return (
    <Tooltip text={name}>
      <button type="button" aria-label={name} className={classes(SHAPE, LOOKS[look], "min-w-(--target)", className)} {...rest}>
        {children}
      </button>
    </Tooltip>
  );
}
