/** Filters as chips. The page keeps their values in the address, so that a link has them. */
import { Plus, X } from "lucide-react";
import { Button } from "./Button";
import { Menu, MenuChoice, MenuLabel } from "./Menu";

export type Filter = {
  name: string;
  label: string;
  options: readonly { value: string; label: string }[];
};

type Props = {
  filters: readonly Filter[];
  /** The chosen values, by the name of the filter. */
  chosen: Readonly<Record<string, readonly string[]>>;
  onChange: (name: string, values: string[]) => void;
};

export function FilterChips({ filters, chosen, onChange }: Props) {
  const toggle = (filter: Filter, value: string) => {
    const now = chosen[filter.name] ?? [];
    onChange(filter.name, now.includes(value) ? now.filter((each) => each !== value) : [...now, value]);
  };
  return (
    <>
      {filters.flatMap((filter) =>
        (chosen[filter.name] ?? []).map((value) => (
          <Chip key={`${filter.name} ${value}`} label={`${filter.label}: ${labelOf(filter, value)}`} onRemove={() => toggle(filter, value)} />
        )),
      )}
      {filters.filter((filter) => filter.options.length > 0).map((filter) => (
        <Menu key={filter.name} align="start" trigger={<Button look="quiet"><Plus size={13} aria-hidden />{filter.label}</Button>}>
          <MenuLabel>{filter.label}</MenuLabel>
          {filter.options.map((option) => (
            <MenuChoice key={option.value} checked={(chosen[filter.name] ?? []).includes(option.value)} onSelect={() => toggle(filter, option.value)}>
              {option.label}
            </MenuChoice>
          ))}
        </Menu>
      ))}
    </>
  );
}

function Chip({ label, onRemove }: { label: string; onRemove: () => void }) {
  return (
    <span className="inline-flex min-h-(--target) max-w-60 items-center rounded-md bg-selected pl-2 text-12 font-medium">
      <span className="clip" title={label}>{label}</span>
      <button type="button" aria-label={`Remove the filter ${label}`} onClick={onRemove} className="inline-flex min-h-[24px] min-w-[24px] items-center justify-center">
        <X size={12} aria-hidden />
      </button>
    </span>
  );
}

const labelOf = (filter: Filter, value: string) => filter.options.find((option) => option.value === value)?.label ?? value;
