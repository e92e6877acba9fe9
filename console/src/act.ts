/** What somebody does with a click: busy while it is done, told in the server's words where it was not. */
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import type { Reads } from "./api";
import { useReadAgain } from "./reads";

export function notDone(title: string, error: unknown): void {
  notifications.show({ color: "red", title, message: error instanceof Error ? error.message : "" });
}

/** title: what is said where it was not done. routes: what is read again once it is. */
export function useAct(title: string, ...routes: Reads[]): [boolean, (act: () => Promise<unknown>) => Promise<void>] {
  const [busy, setBusy] = useState(false);
  const again = useReadAgain();
  return [
    busy,
    async (act) => {
      setBusy(true);
      try {
        await act();
        await again(...routes);
      } catch (error) {
        notDone(title, error);
      }
      setBusy(false);
    },
  ];
}
