import { Alert, Button, Modal, Text } from "@mantine/core";
import { useState } from "react";
import { answer, useAsking } from "./ask-again";

/** Over the page, which keeps what was typed. */
export default function AskAgain() {
  const open = useAsking();
  const [failure, setFailure] = useState<string | null>(null);
  const signIn = async () => {
    setFailure(null);
    try {
      const token = await open[0]?.act();
      if (token !== undefined) answer(token);
    } catch (error) {
      setFailure(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Modal opened={open.length > 0} onClose={() => undefined} withCloseButton={false} closeOnEscape={false} closeOnClickOutside={false} title="Please sign in again" centered>
      <Text mb="md">Your sign-in has ended. What you typed is still here, and goes on once you are back.</Text>
      {failure !== null && (
        <Alert color="red" variant="outline" role="alert" mb="md" title="That did not work">
          {failure}
        </Alert>
      )}
      <Button fullWidth size="lg" onClick={() => void signIn()}>
        Sign in
      </Button>
    </Modal>
  );
}
