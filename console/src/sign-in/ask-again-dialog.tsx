import { Button, Modal, Text } from "@mantine/core";
import { changed, useAsking } from "./ask-again";

/** Over the page, which keeps what was typed. */
export default function AskAgain() {
  const open = useAsking();
  const signIn = async () => {
    const token = await open[0]?.act();
    if (token === undefined) return;
    const answered = open;
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
