import { Tooltip as Radix } from "radix-ui";
import type { ReactElement } from "react";

const DELAY_MS = 400;

export function TooltipParts({ text, children }: { text: string; children: ReactElement }) {
  return (
    <Radix.Provider delayDuration={DELAY_MS}><Radix.Root>
      <Radix.Trigger asChild>{children}</Radix.Trigger>
      <Radix.Portal>
        <Radix.Content sideOffset={4} collisionPadding={8}
          className="fade-in z-50 max-w-80 rounded-sm bg-ink px-2 py-1 text-12 break-words text-surface">
          {text}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root></Radix.Provider>
  );
}
