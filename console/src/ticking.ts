import { useEffect, useState } from "react";
import { now } from "./api";

/** The server's time, in milliseconds, again every so often. */
export function useNow(everyMs = 1000): number {
  const [at, setAt] = useState(now);
  useEffect(() => {
    const tick = () => setAt(now());
    const timer = window.setInterval(tick, everyMs);
    document.addEventListener("visibilitychange", tick);
    return () => {
      window.clearInterval(timer);
      document.removeEventListener("visibilitychange", tick);
    };
  }, [everyMs]);
  return at;
}
