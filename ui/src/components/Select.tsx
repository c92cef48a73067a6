import { Check, ChevronDown } from "lucide-react";
import { getNonce } from "get-nonce";
import { Select as Radix } from "radix-ui";
import { useState } from "react";
import { classes } from "../lib/classes";
import { INPUT } from "./Field";
import { placeOf, useRestShown } from "./radix/around";

type Props = {
  id?: string;
  label: string;
  value: string;
  options: readonly { value: string; label: string }[];
  onChange: (value: string) => void;
  placeholder?: string;
};

/** One of some options. Radix takes no empty value: an option for "none" needs a word of its own. */
export function Select({ id, label, value, options, onChange, placeholder }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  const [button, setButton] = useState<HTMLElement | null>(null);
  useRestShown(isOpen);
  return (
    <Radix.Root value={value} onValueChange={onChange} open={isOpen} onOpenChange={setIsOpen}>
      <Radix.Trigger ref={setButton} id={id} aria-label={label} className={classes(INPUT, "inline-flex items-center justify-between gap-2 text-left")}>
        <span className="clip"><Radix.Value placeholder={placeholder} /></span>
        <Radix.Icon><ChevronDown size={14} aria-hidden /></Radix.Icon>
      </Radix.Trigger>
      <Radix.Portal container={placeOf(button)}>
        <Radix.Content position="popper" sideOffset={4} className="fade-in z-50 max-h-80 min-w-(--radix-select-trigger-width) overflow-hidden rounded-md bg-raised shadow-overlay">
          {/* Its style element needs the nonce of the page. */}
          <Radix.Viewport nonce={getNonce() ?? ""} className="p-1">
            {options.map((option) => (
              <Radix.Item key={option.value} value={option.value}
                className="flex min-h-(--target) items-center gap-2 rounded-sm px-2 outline-none select-none data-[highlighted]:bg-hover">
                <span className="w-3.5"><Radix.ItemIndicator><Check size={14} aria-hidden /></Radix.ItemIndicator></span>
                <Radix.ItemText>{option.label}</Radix.ItemText>
              </Radix.Item>
            ))}
          </Radix.Viewport>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
