/** A menu under a button. Its parts are loaded after the first paint; until then there is the button alone. */
import { cloneElement, lazy, type ReactElement, type ReactNode, Suspense, useState } from "react";
import { patiently } from "../lib/lazily";
import type * as MenuModule from "./radix/MenuParts";

export type MenuProps = { trigger: ReactElement<{ onClick?: () => void }>; children: ReactNode; align?: "start" | "end" };
export type ItemProps = { onSelect: () => void; children: ReactNode; disabled?: boolean };
export type ChoiceProps = ItemProps & { checked: boolean };
export type LabelProps = { children: ReactNode };

let parts: typeof MenuModule | undefined;
const Parts = lazy(async () => {
  parts = await patiently(() => import("./radix/MenuParts"))();
  return { default: parts.MenuParts };
});

export function Menu(props: MenuProps) {
  // A click on the button alone opens the menu once its parts are there.
  const [isAsked, setIsAsked] = useState(false);
  const alone = cloneElement(props.trigger, { onClick: () => setIsAsked(true) });
  return <Suspense fallback={alone}><Parts {...props} isOpenAtFirst={isAsked} /></Suspense>;
}

// They stand in an open menu, whose parts are there: it never opens empty.
export const MenuItem = (props: ItemProps) => parts && <parts.MenuItem {...props} />;
/** One of several choices. */
export const MenuChoice = (props: ChoiceProps) => parts && <parts.MenuChoice {...props} />;
export const MenuLabel = (props: LabelProps) => parts && <parts.MenuLabel {...props} />;
export const MenuLine = () => parts && <parts.MenuLine />;
