import { useLocation, useNavigate } from "@tanstack/react-router";
import { hashToLines, type Lines, linesToHash } from "./lines";

/** The lines of this step that the address names, and a way to name others. */
export function useMarkedLines(step: string) {
  const hash = useLocation({ select: (location) => location.hash });
  const navigate = useNavigate();
  const found = hashToLines(hash);
  const mark = (lines: Lines | null) =>
    void navigate({ to: ".", search: true, hash: lines ? linesToHash(lines) : "", replace: true, resetScroll: false, hashScrollIntoView: false });
  return { marked: found?.step === step ? found : null, mark };
}
