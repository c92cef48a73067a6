/** What lies over the page: a dialog in its middle, a sheet at its right. Esc leaves. */
import { X } from "lucide-react";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useState } from "react";
import { classes } from "../lib/classes";
import { IconButton } from "./Button";

type Props = {
  open: boolean;
  onClose: () => void;
  title: string;
  about?: ReactNode;
  children: ReactNode;
};

const BACKDROP = "fade-in fixed inset-0 z-40 bg-scrim";
const DIALOG = "rise-in left-1/2 top-[12vh] max-h-[76vh] w-[min(480px,calc(100vw-32px))] -translate-x-1/2 rounded-md";
const SHEET = "slide-in inset-y-0 right-0 w-[min(960px,100vw)]";

export const Dialog = (props: Props) => <Overlay shape={DIALOG} {...props} />;
export const Sheet = (props: Props) => <Overlay shape={SHEET} {...props} />;

/** The overlay itself has the focus, not its button to close; a form moves it to its first field. */
function focusItself(event: Event): void {
  event.preventDefault();
  if (event.target instanceof HTMLElement) event.target.focus();
}

/** What had the focus; of an item of a menu, which is gone by then, the button of the menu. */
function focused(): HTMLElement | null {
  const now = document.activeElement;
  const menu = now?.closest("[role=menu]");
  const found = menu ? document.getElementById(menu.getAttribute("aria-labelledby") ?? "") : now;
  return found instanceof HTMLElement ? found : null;
}

/** Kept from before the overlay is drawn: a form in it takes the focus before Radix looks where it was. */
function useFocusBefore(open: boolean): (event: Event) => void {
  const [before, setBefore] = useState(focused);
  const [wasOpen, setWasOpen] = useState(open);
  if (open !== wasOpen) {
    setWasOpen(open);
    if (open) setBefore(focused());
  }
  return (event) => {
    event.preventDefault();
    before?.focus();
  };
}

function Overlay({ open, onClose, title, about, children, shape }: Props & { shape: string }) {
  const returnFocus = useFocusBefore(open);
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className={BACKDROP} />
        <Radix.Content onOpenAutoFocus={focusItself} onCloseAutoFocus={returnFocus} {...(about ? {} : { "aria-describedby": undefined })}
          className={classes("fixed z-40 flex flex-col bg-raised shadow-overlay outline-none", shape)}>
          <header className="flex items-start gap-2 border-b border-line px-4 py-3">
            <div className="min-w-0 flex-1">
              <Radix.Title className="line-clamp-3 text-16 font-semibold wrap-anywhere">{title}</Radix.Title>
              {about && <Radix.Description className="line-clamp-3 text-muted wrap-anywhere">{about}</Radix.Description>}
            </div>
            <Radix.Close asChild><IconButton name="Close"><X size={16} aria-hidden /></IconButton></Radix.Close>
          </header>
          {children}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}

/** The body of an overlay: it scrolls alone. */
export const OverlayBody = ({ children }: { children: ReactNode }) => (
  <div className="min-h-0 flex-1 overflow-y-auto p-4">{children}</div>
);

/** Its buttons; the main one is the last. */
export const OverlayFooter = ({ children }: { children: ReactNode }) => (
  <footer className="flex flex-wrap items-center justify-end gap-2 border-t border-line px-4 py-3">{children}</footer>
);
