import { type AnimationEvent, useEffect, useRef, useState } from "react";

/** What a row needs to light up once when its state changes while it is shown. */
export function usePulse(state: string | undefined) {
  const shown = useRef(state);
  const [isOn, setOn] = useState(false);
  useEffect(() => {
    if (shown.current !== state) setOn(true);
    shown.current = state;
  }, [state]);
  const onAnimationEnd = (event: AnimationEvent) => event.target === event.currentTarget && setOn(false);
  return { className: isOn && "pulse-once", onAnimationEnd };
}
