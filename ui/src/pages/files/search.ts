/** What the address of the files of a workspace holds: the revision, the file, and the line at which it opens. */
export type FilesSearch = { at?: string | undefined; path?: string | undefined; line?: string | undefined };

const text = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);

export const readFilesSearch = (raw: Record<string, unknown>): FilesSearch => ({
  at: text(raw["at"]),
  path: text(raw["path"]),
  line: /^[1-9]\d{0,6}$/.test(text(raw["line"]) ?? "") ? text(raw["line"]) : undefined,
});
