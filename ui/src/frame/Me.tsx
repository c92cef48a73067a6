import { CircleUser } from "lucide-react";
import { IconButton } from "../components/Button";
import { Menu, MenuItem, MenuLabel, MenuLine } from "../components/Menu";
import { applyDensity, useDensity } from "../lib/density";
import { useSession, useSignOut } from "../queries/session";
import { openShortcuts } from "./overlays";

export function Me() {
  const { data: session } = useSession();
  const signOut = useSignOut();
  const other = useDensity() === "compact" ? "comfortable" : "compact";
  const name = session?.kind === "user" ? session.me.name || session.me.email : session?.kind === "open" ? "Nobody signs in here: the server is open" : "Not signed in";
  return (
    <Menu trigger={<IconButton name="Account"><CircleUser size={16} aria-hidden /></IconButton>}>
      <MenuLabel>{name}</MenuLabel>
      <MenuLine />
      <MenuItem onSelect={() => applyDensity(other)}>Show {other} rows</MenuItem>
      <MenuItem onSelect={openShortcuts}>Keyboard shortcuts</MenuItem>
      {session?.kind === "user" && <MenuItem onSelect={() => signOut.mutate()}>Sign out</MenuItem>}
    </Menu>
  );
}
