import { useRouterState } from "@tanstack/react-router";
import { Link } from "@tanstack/react-router";
import { Command, Moon, Sun, SunMoon } from "lucide-react";
import { useState } from "react";
import { Button, IconButton } from "../components/Button";
import { applyTheme, storedTheme, THEMES } from "../lib/theme";
import { LiveDot } from "./LiveDot";
import { Me } from "./Me";
import { PLACES } from "./places";
import { RevisionChip } from "./RevisionChip";
import { openPalette } from "./overlays";

export function TopBar() {
  return (
    <header className="flex h-12 shrink-0 items-center gap-2 border-b border-line px-4">
      <Breadcrumb />
      <RevisionChip />
      <LiveDot />
      <Button look="plain" onClick={openPalette} className="max-sm:border-transparent max-sm:bg-transparent max-sm:text-muted">
        <Command size={13} aria-hidden /><span className="max-md:sr-only">Go to or do</span><kbd aria-hidden className="text-12 text-muted max-md:hidden">⌘K</kbd>
      </Button>
      <ThemeSwitch />
      <Me />
    </header>
  );
}

/** Where one is: the place of the rail, then what is opened in it. */
function Breadcrumb() {
  const path = useRouterState({ select: (state) => state.location.pathname });
  const place = PLACES.find((each) => (each.to === "/" ? path === "/" : path === each.to || path.startsWith(`${each.to}/`)));
  const rest = path === "/" || !place ? [] : path.slice(place.to.length).split("/").filter(Boolean);
  return (
    <nav aria-label="Breadcrumb" className="min-w-0 flex-1">
      <ol className="flex min-w-0 items-center gap-1.5 text-muted">
        {place && <li className="shrink-0"><Link to={place.to} activeOptions={{ exact: true }} className="hover:text-ink hover:underline">{place.label}</Link></li>}
        {rest.map((part, index) => (
          <li key={index} className="clip min-w-0" title={decodeURIComponent(part)}><span aria-hidden>› </span>{short(decodeURIComponent(part))}</li>
        ))}
      </ol>
    </nav>
  );
}

const short = (part: string) => (/^[0-9a-f-]{36}$/.test(part) ? part.slice(-8) : part);

const ICONS = { system: SunMoon, light: Sun, dark: Moon };

function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  const Icon = ICONS[theme];
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  return (
    <IconButton name={`Theme: ${theme}; switch to ${next}`} onClick={() => { applyTheme(next); setTheme(next); }}>
      <Icon size={15} aria-hidden />
    </IconButton>
  );
}
