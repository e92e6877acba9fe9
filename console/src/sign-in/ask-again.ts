import { useSyncExternalStore } from "react";

export type Ask = { act: () => Promise<string>; resolve: (token: string) => void };

let asking: readonly Ask[] = [];
const listeners = new Set<() => void>();

function changed(next: readonly Ask[]): void {
  asking = next;
  listeners.forEach((each) => each());
}

/** Asks the user to sign in again, over the page; `act` runs in their tap and gives the token. */
export function askAgain(act: () => Promise<string>): Promise<string> {
  return new Promise((resolve) => changed([...asking, { act, resolve }]));
}

/** Lets everybody who waits go on. */
export function answer(token: string): void {
  const answered = asking;
  changed([]);
  answered.forEach((each) => each.resolve(token));
}

/** Who waits for a new sign-in. */
export function useAsking(): readonly Ask[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => asking,
  );
}
