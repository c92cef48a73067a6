import { X } from "lucide-react";
import { Toast as Radix } from "radix-ui";
import type { News } from "../Toast";

const SHOWN_MS = 6000;

export function ToastParts({ news, onClose }: { news: News[]; onClose: (id: number) => void }) {
  return (
    <Radix.Provider swipeDirection="right" duration={SHOWN_MS}>
      {news.map(({ id, text }) => (
        <Radix.Root key={id} onOpenChange={(open) => !open && onClose(id)}
          className="rise-in flex items-center gap-3 rounded-md bg-ink px-3 py-2 text-surface shadow-overlay">
          <Radix.Description className="flex-1 break-words">{text}</Radix.Description>
          <Radix.Close aria-label="Close" className="min-h-[24px] min-w-[24px]"><X size={14} aria-hidden /></Radix.Close>
        </Radix.Root>
      ))}
      <Radix.Viewport className="fixed right-4 bottom-4 z-50 flex w-80 max-w-[calc(100vw-32px)] flex-col gap-2 max-sm:bottom-16" />
    </Radix.Provider>
  );
}
