import { Button, Modal, Text } from "@mantine/core";
import { useSyncExternalStore } from "react";

type Ask = { act: () => Promise<string>; resolve: (token: string) => void };

let asking: Ask[] = [];
const listeners = new Set<() => void>();

function changed(next: Ask[]): void {
  asking = next;
  listeners.forEach((each) => each());
}

/** Asks the user to sign in again, over the page; `act` runs in their tap and gives the token. */
export function askAgain(act: () => Promise<string>): Promise<string> {
  return new Promise((resolve) => changed([...asking, { act, resolve }]));
}

export function AskAgain() {
  const open = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => asking,
  );
  const signIn = async () => {
    const token = await open[0]?.act();
    if (token === undefined) return;
    const answered = asking;
    changed([]);
    answered.forEach((each) => each.resolve(token));
  };
  return (
    <Modal opened={open.length > 0} onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title="Please sign in again" centered>
      <Text mb="md">Your sign-in has ended. What you typed is still here, and goes on once you are back.</Text>
      <Button fullWidth size="lg" onClick={() => void signIn()}>
        Sign in
      </Button>
    </Modal>
  );
}
