/** A menu under a button. Its parts are loaded after the first paint; until then there is the button alone. */
import { cloneElement, lazy, type ReactElement, type ReactNode, Suspense, useState } from "react";

export type MenuProps = { trigger: ReactElement<{ onClick?: () => void }>; children: ReactNode; align?: "start" | "end" };
export type ItemProps = { onSelect: () => void; children: ReactNode; disabled?: boolean };
export type ChoiceProps = ItemProps & { checked: boolean };
export type LabelProps = { children: ReactNode };

const load = () => import("./radix/MenuParts");
const Parts = lazy(() => load().then((module) => ({ default: module.MenuParts })));

export function Menu(props: MenuProps) {
  // A click on the button alone opens the menu once its parts are there.
  const [isAsked, setIsAsked] = useState(false);
  const alone = cloneElement(props.trigger, { onClick: () => setIsAsked(true) });
  return <Suspense fallback={alone}><Parts {...props} isOpenAtFirst={isAsked} /></Suspense>;
}

export const MenuItem = lazy(() => load().then((module) => ({ default: module.MenuItem })));
/** One of several choices. */
export const MenuChoice = lazy(() => load().then((module) => ({ default: module.MenuChoice })));
export const MenuLabel = lazy(() => load().then((module) => ({ default: module.MenuLabel })));
export const MenuLine = lazy(() => load().then((module) => ({ default: module.MenuLine })));
