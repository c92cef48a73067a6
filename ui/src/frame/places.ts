/** The places of the rail, in its order; the palette and the shortcuts use the same table. */
import { Activity, Bell, CircleCheck, GitBranch, KeyRound, LayoutDashboard, ListChecks, Lock, Logs, type LucideIcon, ScrollText, Settings, Users } from "lucide-react";

export type Place = { to: string; label: string; icon: LucideIcon; keys?: string; isLow?: boolean };

export const PLACES: readonly Place[] = [
  { to: "/", label: "Overview", icon: LayoutDashboard, keys: "g o" },
  { to: "/jobs", label: "Jobs", icon: Logs, keys: "g j" },
  { to: "/tasks", label: "Tasks", icon: ListChecks, keys: "g t" },
  { to: "/triggers", label: "Triggers", icon: Bell, keys: "g r" },
  { to: "/approvals", label: "Approvals", icon: CircleCheck, keys: "g a" },
  { to: "/git", label: "Git", icon: GitBranch, keys: "g g" },
  { to: "/queue", label: "Queue & workers", icon: Activity, keys: "g q" },
  { to: "/secrets", label: "Secrets", icon: Lock, isLow: true },
  { to: "/people", label: "People", icon: Users, isLow: true },
  { to: "/keys", label: "Keys", icon: KeyRound, isLow: true },
  { to: "/audit", label: "Audit", icon: ScrollText, isLow: true },
  { to: "/settings", label: "Settings", icon: Settings, isLow: true },
];
