import { Link } from "@tanstack/react-router";
import { Ellipsis } from "lucide-react";
import { useNavigate } from "@tanstack/react-router";
import { Menu, MenuItem } from "../components/Menu";
import { useApprovalCount } from "../queries/approvals";
import { PLACES, type Place } from "./places";

/** How many places the bottom bar of a narrow screen shows; the rest is in its menu. */
const IN_BAR = 4;

/** At the left: 208 px, icons alone below 1,100 px, and a bar at the bottom below 640 px. */
export function Rail() {
  const waiting = useApprovalCount();
  const high = PLACES.filter((place) => !place.isLow);
  return (
    <nav aria-label="Main" className="order-last flex shrink-0 border-line bg-panel max-sm:border-t sm:order-first sm:w-12 sm:flex-col sm:border-r rail:w-52">
      <div className="flex h-12 items-center gap-2 px-3.5 text-14 font-semibold max-sm:hidden">
        <img src="/favicon.svg" alt="" width={18} height={18} />
        <span className="max-rail:sr-only">gitflow</span>
      </div>
      <ul className="flex flex-1 max-sm:justify-around sm:flex-col sm:gap-0.5 sm:px-1.5">
        {high.map((place, index) => (
          <li key={place.to} className={index >= IN_BAR ? "max-sm:hidden" : ""}><RailLink place={place} count={place.to === "/approvals" ? waiting : 0} /></li>
        ))}
        <li className="sm:hidden"><More places={PLACES.filter((place) => place.isLow || high.indexOf(place) >= IN_BAR)} /></li>
      </ul>
      <ul className="flex flex-col gap-0.5 px-1.5 pb-2 max-sm:hidden">
        {PLACES.filter((place) => place.isLow).map((place) => <li key={place.to}><RailLink place={place} count={0} /></li>)}
      </ul>
    </nav>
  );
}

const LINK =
  "flex items-center gap-2.5 rounded-md px-2.5 text-muted hover:bg-hover hover:text-ink max-sm:min-h-12 max-sm:flex-col max-sm:justify-center max-sm:gap-0 max-sm:text-12 sm:h-8";
const HERE = { className: "bg-hover font-medium !text-ink", "aria-current": "page" } as const;

function RailLink({ place, count }: { place: Place; count: number }) {
  const Icon = place.icon;
  return (
    <Link to={place.to} className={LINK} activeProps={HERE} activeOptions={{ exact: place.to === "/", includeSearch: false }} title={place.label}>
      <Icon size={16} aria-hidden className="shrink-0" />
      <span className="clip sm:max-rail:sr-only">{place.label}</span>
      {count > 0 && <span className="ml-auto text-12 font-semibold text-waits max-rail:sr-only">{count}<span className="sr-only"> waiting</span></span>}
    </Link>
  );
}

function More({ places }: { places: Place[] }) {
  const navigate = useNavigate();
  return (
    <Menu trigger={<button type="button" className={`${LINK} w-full`}><Ellipsis size={16} aria-hidden />More</button>}>
      {places.map((place) => <MenuItem key={place.to} onSelect={() => void navigate({ to: place.to })}>{place.label}</MenuItem>)}
    </Menu>
  );
}
