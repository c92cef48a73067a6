/** A revision: typed as a branch, a tag or a commit, or chosen from those that are known. Empty is the active one. */
import { GitCommitHorizontal } from "lucide-react";
import { shortRevision } from "../lib/ids";
import { IconButton } from "./Button";
import { Input } from "./Field";
import { Menu, MenuChoice } from "./Menu";

/** `value`: what is sent, a branch or a whole commit; `about`: the subject of its commit, or what it is. */
export type RevisionChoice = { value: string; about: string };

type Props = {
  id: string;
  value: string;
  onChange: (value: string) => void;
  choices: readonly RevisionChoice[];
  isInvalid?: boolean;
  /** Where no label stands before it. */
  label?: string;
};

const SHA = /^[0-9a-f]{40,64}$/;

export function RevisionField({ id, value, onChange, choices, isInvalid = false, label }: Props) {
  return (
    <span className="flex min-w-0 items-center gap-1">
      <Input id={id} aria-label={label} value={value} placeholder="active" spellCheck={false} autoComplete="off" aria-invalid={isInvalid} className="font-mono text-12"
        onChange={(event) => onChange(event.target.value.trim())} />
      <Menu trigger={<IconButton name="Known commits" look="plain"><GitCommitHorizontal size={14} aria-hidden /></IconButton>}>
        <MenuChoice checked={value === ""} onSelect={() => onChange("")}>The active revision</MenuChoice>
        {choices.map((choice) => (
          <MenuChoice key={choice.value} checked={value === choice.value} onSelect={() => onChange(choice.value)}>
            <span className="flex max-w-80 items-baseline gap-2"><span className="font-mono text-12">{SHA.test(choice.value) ? shortRevision(choice.value) : choice.value}</span><span className="clip text-muted">{choice.about}</span></span>
          </MenuChoice>
        ))}
      </Menu>
    </span>
  );
}
