/** The app on the device: it opens without a network, and says when there is a newer one. */
import { Button, Group } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useSyncExternalStore } from "react";

export function watchForNew(): void {
  if (!("serviceWorker" in navigator)) return;
  const isFirst = navigator.serviceWorker.controller === null;
  navigator.serviceWorker.addEventListener("controllerchange", () => {
    if (!isFirst) window.location.reload();
  });
  void navigator.serviceWorker.register("/sw.js").then((registration) => {
    const offer = (worker: ServiceWorker | null) => {
      if (worker === null || isFirst) return;
      notifications.show({
        autoClose: false,
        title: "There is a newer version",
        message: (
          <Group mt="xs">
            <Button onClick={() => worker.postMessage("take over")}>Load it</Button>
          </Group>
        ),
      });
    };
    offer(registration.waiting);
    registration.addEventListener("updatefound", () => {
      const worker = registration.installing;
      worker?.addEventListener("statechange", () => worker.state === "installed" && offer(worker));
    });
  });
}

type Offer = Event & { prompt: () => Promise<void> };

let install: (() => Promise<void>) | null = null;
const listeners = new Set<() => void>();

window.addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  install = () => (event as Offer).prompt();
  listeners.forEach((each) => each());
});

/** Puts the app on the device, where the browser offers that; else null. */
export function useInstall(): (() => Promise<void>) | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => install,
  );
}
