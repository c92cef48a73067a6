/** Which files are listed, and which is shown first. */
export type Listed = { path: string; kind: "file" | "executable" | "link" | "folder"; link?: string };

/** Those whose path has each word that is typed. */
export function matching<Found extends Listed>(files: readonly Found[], typed: string): Found[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  return files.filter(({ path }) => words.every((word) => path.toLowerCase().includes(word)));
}

/** Without a wish, the first definition, else the first file. */
export function opened(files: readonly Listed[], wanted: string | undefined): string | undefined {
  return wanted ?? files.find(({ path }) => /^\.workflows\/.*\.ya?ml$/.test(path))?.path ?? files.find(({ kind }) => kind !== "folder")?.path;
}

/** `src/`, `a.py`: where it lies, and its own name. */
export function parts(path: string): [string, string] {
  const at = path.lastIndexOf("/") + 1;
  return [path.slice(0, at), path.slice(at)];
}
