/** The folders of the tasks, as a list of links; each says how many tasks it has, and how many of them fail. */
import { Link } from "@tanstack/react-router";
import { Folder as FolderIcon } from "lucide-react";
import { StatusGlyph } from "../../components/Status";
import { classes } from "../../lib/classes";
import type { Folder } from "./folders";

const ITEM = "flex min-h-(--target) items-center gap-1.5 rounded-md px-2 hover:bg-hover max-md:whitespace-nowrap";

export function FolderTree({ folders, all, chosen }: { folders: readonly Folder[]; all: number; chosen: string | undefined }) {
  if (folders.length === 0) return null;
  return (
    <nav aria-label="Folders" className="relative w-48 shrink-0 overflow-auto pb-4 pl-2 max-md:w-full max-md:border-b max-md:border-line max-md:px-2 max-md:pb-1">
      <ul className="relative max-md:flex max-md:gap-1 max-md:overflow-x-auto">
        <li className="max-md:shrink-0">
          <Link to="/tasks" search={(now) => ({ ...now, folder: undefined })} aria-current={chosen ? undefined : "page"} className={classes(ITEM, !chosen && "bg-hover font-medium")}>
            All tasks<span className="ml-auto pl-1 text-12 font-normal text-muted">{all}</span>
          </Link>
        </li>
        {folders.map((folder) => (
          <li key={folder.path} className="max-md:shrink-0">
            <Link to="/tasks" search={(now) => ({ ...now, folder: folder.path })} title={folder.path} aria-current={folder.path === chosen ? "page" : undefined}
              className={classes(ITEM, folder.path === chosen && "bg-hover font-medium")} style={{ paddingLeft: 8 + Math.min(folder.depth, 4) * 12 }}>
              <FolderIcon size={13} aria-hidden className="shrink-0 text-muted" />
              <span className="clip">{folder.name}</span>
              <span className="ml-auto flex shrink-0 items-center gap-1 pl-1 text-12 font-normal text-muted">
                {folder.failing > 0 && <><StatusGlyph status="failed" size={11} label={false} /><span className="font-medium text-bad">{folder.failing}<span className="sr-only"> failing, of </span></span><span aria-hidden>/</span></>}{folder.tasks}
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  );
}
