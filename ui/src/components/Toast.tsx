/** Short news of what an act did: `const toast = useToast(); toast("The job is being cancelled.")`. */
import { createContext, type ReactNode, Suspense, useCallback, useContext, useState } from "react";
import { lazily } from "../lib/lazily";

export type News = { id: number; text: string };

const MAX_SHOWN = 3;
const Parts = lazily(() => import("./radix/ToastParts"), "ToastParts");

const Context = createContext<(text: string) => void>(() => undefined);
export const useToast = () => useContext(Context);

let last = 0;

export function ToastProvider({ children }: { children: ReactNode }) {
  const [news, setNews] = useState<News[]>([]);
  const show = useCallback((text: string) => setNews((now) => [...now, { id: ++last, text }].slice(-MAX_SHOWN)), []);
  const close = useCallback((id: number) => setNews((now) => now.filter((each) => each.id !== id)), []);
  return (
    <Context value={show}>
      {children}
      {last > 0 && <Suspense fallback={null}><Parts news={news} onClose={close} /></Suspense>}
    </Context>
  );
}
