import { DropdownMenu as Radix } from "radix-ui";
import { useState } from "react";
import { placeOf } from "./around";
import type { MenuProps, ItemProps, ChoiceProps, LabelProps } from "../Menu";

const PANEL = "fade-in z-50 max-h-[70vh] min-w-44 overflow-y-auto rounded-md bg-raised p-1 shadow-overlay";
const ITEM =
  "flex min-h-(--target) items-center gap-2 rounded-sm px-2 text-13 outline-none select-none data-[highlighted]:bg-hover data-[disabled]:opacity-50";

export function MenuParts({ trigger, children, align = "end", isOpenAtFirst }: MenuProps & { isOpenAtFirst: boolean }) {
  const [isOpen, setIsOpen] = useState(isOpenAtFirst);
  const [button, setButton] = useState<HTMLElement | null>(null);
  return (
    <Radix.Root modal={false} open={isOpen && button !== null} onOpenChange={setIsOpen}>
      <Radix.Trigger asChild ref={setButton}>{trigger}</Radix.Trigger>
      <Radix.Portal container={placeOf(button)}>
        <Radix.Content align={align} sideOffset={4} collisionPadding={8} className={PANEL}>{children}</Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

export const MenuItem = ({ onSelect, children, disabled = false }: ItemProps) => (
  <Radix.Item disabled={disabled} onSelect={onSelect} className={ITEM}>{children}</Radix.Item>
);

export const MenuChoice = ({ checked, onSelect, children }: ChoiceProps) => (
  <Radix.CheckboxItem checked={checked} onSelect={onSelect} className={ITEM}>
    <span aria-hidden className="w-3">{checked ? "✓" : ""}</span>
    {children}
  </Radix.CheckboxItem>
);

export const MenuLabel = ({ children }: LabelProps) => (
  <Radix.Label className="px-2 py-1 text-12 break-all text-muted">{children}</Radix.Label>
);

export const MenuLine = () => <Radix.Separator className="my-1 h-px bg-line" />;
