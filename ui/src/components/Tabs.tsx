import { Tabs as Radix } from "radix-ui";
import type { ReactNode } from "react";

type Tab = { id: string; label: ReactNode; content: ReactNode };

/** Tabs over a part of a page; only the chosen one is mounted. */
export function Tabs({ tabs, chosen, onChoose, label }: { tabs: Tab[]; chosen: string; onChoose: (id: string) => void; label: string }) {
  return (
    <Radix.Root value={chosen} onValueChange={onChoose} className="flex min-h-0 flex-1 flex-col">
      <Radix.List aria-label={label} className="flex shrink-0 gap-1 overflow-x-auto border-b border-line px-2">
        {tabs.map((tab) => (
          <Radix.Trigger key={tab.id} value={tab.id}
            className="min-h-9 border-b-2 border-transparent px-2 text-muted -mb-px whitespace-nowrap hover:text-ink data-[state=active]:border-accent data-[state=active]:font-medium data-[state=active]:text-ink">
            {tab.label}
          </Radix.Trigger>
        ))}
      </Radix.List>
      {tabs.map((tab) => (
        <Radix.Content key={tab.id} value={tab.id} className="flex min-h-0 flex-1 flex-col">{tab.content}</Radix.Content>
      ))}
    </Radix.Root>
  );
}
