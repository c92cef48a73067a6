/** The files of a workspace at a revision: their list, and the text of one. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useRef, useState } from "react";
import { Sha } from "../../components/Copy";
import { ErrorState } from "../../components/ErrorState";
import { Loaded } from "../../components/Loaded";
import { PageHead } from "../../components/PageHead";
import { SearchField } from "../../components/SearchField";
import { ShowAtRevision } from "../../components/ShowAtRevision";
import { EmptyState, Skeleton } from "../../components/States";
import { classes } from "../../lib/classes";
import { counted } from "../../lib/counted";
import { type FileList, useFile, useFiles } from "../../queries/files";
import { useKnownRevisions } from "../../queries/revisions";
import { FileText } from "./FileText";
import { matching, opened, parts } from "./opened";

export function FilesPage() {
  const { workspace } = useParams({ from: "/git/$workspace/files" });
  const { at } = useSearch({ from: "/git/$workspace/files" });
  const files = useFiles(workspace, at);
  return (
    <div className="flex min-h-0 flex-1 flex-col">
      <PageHead title={`Files of ${workspace}`} about={files.data && <>{counted(files.data.files.length, "file")} at <Sha revision={files.data.revision} />{files.data.truncated && ": there are more than are listed."}</>}>
        <AtRevision key={at ?? ""} workspace={workspace} at={at} />
        <Link to="/git/$workspace" params={{ workspace }} className="text-accent underline">The workspace</Link>
      </PageHead>
      <Loaded query={files} what={`The files of ${workspace} could not be read${at ? ` at ${at}` : ""}`}>
        {(found) => (found.files.length === 0 ? <EmptyState title="This revision has no file." command="gitflow init" /> : <Files workspace={workspace} found={found} />)}
      </Loaded>
    </div>
  );
}

function AtRevision({ workspace, at }: { workspace: string; at: string | undefined }) {
  const navigate = useNavigate();
  const known = useKnownRevisions(workspace);
  return <ShowAtRevision at={at} known={known} onShow={(next) => void navigate({ to: ".", search: (now: object) => ({ ...now, at: next, line: undefined }), replace: true })} />;
}

function Files({ workspace, found }: { workspace: string; found: FileList }) {
  const { path: wanted, line } = useSearch({ from: "/git/$workspace/files" });
  const path = opened(found.files, wanted);
  return (
    <div className="flex min-h-0 flex-1 border-t border-line max-md:flex-col">
      <Names files={found.files} chosen={path} />
      <section aria-label="Text" className="flex min-h-0 min-w-0 flex-1 flex-col border-line max-md:border-t md:border-l">
        {path === undefined ? <EmptyState title="This revision has no file with a text." /> : <Text key={path} workspace={workspace} path={path} revision={found.revision} line={line === undefined ? undefined : Number(line)} />}
      </section>
    </div>
  );
}

const ROW = 28;

function Names({ files, chosen }: { files: FileList["files"]; chosen: string | undefined }) {
  const [typed, setTyped] = useState("");
  const shown = useMemo(() => matching(files, typed), [files, typed]);
  const scroller = useRef<HTMLDivElement>(null);
  const at = shown.findIndex((each) => each.path === chosen);
  const virtual = useVirtualizer({ count: shown.length, getScrollElement: () => scroller.current, estimateSize: () => ROW, overscan: 12 });
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at);
  }, [virtual, at]);
  return (
    <nav aria-label="Files" className="flex min-h-0 shrink-0 flex-col max-md:h-56 md:w-80">
      <div className="px-4 py-1.5"><SearchField label="Filter files" value={typed} onChange={setTyped} /></div>
      {shown.length === 0 && <p className="px-4 py-2 text-muted">No path has these words.</p>}
      <div ref={scroller} className="relative min-h-0 flex-1 overflow-y-auto">
        <ul style={{ height: virtual.getTotalSize() }} className="relative">
          {virtual.getVirtualItems().map(({ index, start }) => {
            const file = shown[index];
            return file && <Name key={file.path} file={file} top={start} isChosen={file.path === chosen} />;
          })}
        </ul>
      </div>
    </nav>
  );
}

function Name({ file: { path, kind, link }, top, isChosen }: { file: FileList["files"][number]; top: number; isChosen: boolean }) {
  const [folder, name] = parts(path);
  const look = "flex h-full items-center gap-2 px-4 font-mono text-12 -outline-offset-2";
  const text = <bdi className="clip" title={link ? `${path} → ${link}` : path}><span className="text-muted">{folder}</span>{name}{link && <span className="text-muted"> → {link}</span>}</bdi>;
  return (
    <li className="absolute inset-x-0" style={{ height: ROW, transform: `translateY(${top}px)` }}>
      {kind === "folder" ? <span className={look}>{text}<span className="ml-auto shrink-0 text-muted">submodule</span></span> : (
        <Link to="." search={(now) => ({ ...now, path, line: undefined })} aria-current={isChosen ? "page" : undefined} className={classes(look, isChosen ? "bg-selected" : "hover:bg-hover")}>
          {text}{kind !== "file" && <span className="ml-auto shrink-0 text-muted">{kind}</span>}
        </Link>
      )}
    </li>
  );
}

function Text({ workspace, path, revision, line }: { workspace: string; path: string; revision: string; line: number | undefined }) {
  const { data, error, refetch } = useFile(workspace, path, revision);
  if (error && data === undefined) return <div className="px-4"><ErrorState error={error} what={`${path} could not be read`} onRetry={() => void refetch()} /></div>;
  if (data === undefined) return <Skeleton />;
  return <FileText workspace={workspace} path={path} revision={revision} text={data} line={line} />;
}
