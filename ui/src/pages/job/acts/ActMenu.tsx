/** The operations that are no button of their own: in a menu, with the reason where one is refused. */
import { Ellipsis } from "lucide-react";
import { Button } from "../../../components/Button";
import { Menu, MenuItem } from "../../../components/Menu";
import { type Choice, wordsOf } from "./table";

type Props = { name: string; choices: readonly Choice[]; onChoose: (choice: Choice) => void; more?: readonly { verb: string; onSelect: () => void; because?: string | null }[] };

export function ActMenu({ name, choices, onChoose, more = [] }: Props) {
  return (
    <Menu trigger={<Button data-acts={name}><Ellipsis size={15} aria-hidden /><span className="sr-only">{name}</span></Button>}>
      {choices.map((choice) => <Item key={choice.act.operation} verb={wordsOf(choice.act).verb} because={choice.allowed ? null : choice.because} onSelect={() => onChoose(choice)} />)}
      {more.map((each) => <Item key={each.verb} verb={each.verb} because={each.because ?? null} onSelect={each.onSelect} />)}
    </Menu>
  );
}

/** Opens the menu of this name with its first item chosen, as if its button had been pressed by key: a click does not. */
export function openMenu(name: string): void {
  const button = document.querySelector<HTMLElement>(`[data-acts="${name}"]`);
  button?.focus();
  if (!button?.hasAttribute("aria-haspopup")) return button?.click(); // the menu is not loaded yet, and opens when it is
  button.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
}

function Item({ verb, because, onSelect }: { verb: string; because: string | null; onSelect: () => void }) {
  if (because === null) return <MenuItem onSelect={onSelect}>{verb}…</MenuItem>;
  return (
    <MenuItem disabled onSelect={() => undefined}>
      <span className="py-1">{verb}<span className="block max-w-64 text-12 whitespace-normal break-words">{because}</span></span>
    </MenuItem>
  );
}
