/** The text of a file, with the way to the code host and a link to it. */
import { CopyText } from "../../components/Copy";
import { SourceLines } from "../../components/SourceLines";
import { fileLink } from "../../lib/codeHost";
import { counted } from "../../lib/counted";
import { useWorkspace } from "../../queries/git";

type Props = { workspace: string; path: string; revision: string; text: string; line: number | undefined };

export function FileText({ workspace, path, revision, text, line }: Props) {
  const link = fileLink(useWorkspace(workspace).data?.web_url ?? null, revision, path, line ?? null);
  const lines = text === "" ? 0 : text.replace(/\n$/, "").split("\n").length;
  return (
    <>
      <header className="flex min-h-9 flex-wrap items-center gap-x-3 px-4 py-1">
        <h2 className="min-w-0 font-mono text-12 font-normal wrap-anywhere"><bdi>{path}</bdi>{line !== undefined && `:${line}`}</h2>
        <span className="text-12 text-muted">{counted(lines, "line")}</span>
        <span className="mr-2 ml-auto inline-flex items-center gap-3 text-12">
          <CopyText text={path} shown="Copy path" what="path" />
          {link && <a href={link} target="_blank" rel="noreferrer" className="text-accent underline">Open at the code host</a>}
        </span>
      </header>
      {lines === 0 ? <p className="border-t border-line p-4 text-muted">The file is empty.</p> : <SourceLines text={text} from={line ?? 1} to={line ?? 0} label={path} isYaml={/\.ya?ml$/.test(path)} />}
    </>
  );
}
