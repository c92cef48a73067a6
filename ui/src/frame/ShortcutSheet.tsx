import { useState } from "react";
import { Dialog, OverlayBody } from "../components/Overlay";
import { shortcutsAreOn, switchShortcuts } from "../lib/keyboard";
import { closeOverlay } from "./overlays";
import { SHORTCUTS } from "./shortcuts";

export function ShortcutSheet() {
  const [on, setOn] = useState(shortcutsAreOn);
  return (
    <Dialog open onClose={closeOverlay} title="Keyboard shortcuts">
      <OverlayBody>
        <label className="mb-4 flex items-center gap-2">
          <input type="checkbox" className="size-4 accent-(--accent)" checked={on}
            onChange={(event) => { switchShortcuts(event.target.checked); setOn(event.target.checked); }} />
          Shortcuts of single keys
        </label>
        {SHORTCUTS.map(({ part, shortcuts }) => (
          <section key={part} className="mb-4">
            <h2 className="mb-1 text-muted">{part}</h2>
            <dl className="grid grid-cols-[96px_1fr] gap-y-1">
              {shortcuts.map((each) => (
                <div key={each.keys} className="contents"><dt><kbd>{each.keys}</kbd></dt><dd>{each.does}</dd></div>
              ))}
            </dl>
          </section>
        ))}
      </OverlayBody>
    </Dialog>
  );
}
