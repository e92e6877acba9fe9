/** Asks once more before something that is not easily taken back. */
import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Failed } from "./states";

interface Props {
  opened: boolean;
  title: string;
  /** What is done, as the button says it. */
  act: string;
  /** It cannot be taken back at all. */
  forGood?: boolean;
  busy: boolean;
  error?: unknown;
  onClose: () => void;
  onSure: () => void;
  /** What will be, and what was refused. */
  children: ReactNode;
}

export default function Sure({ opened, title, act, forGood = false, busy, error = null, onClose, onSure, children }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered>
      <Stack>
        <Text component="div">{children}</Text>
        {error !== null && <Failed error={error} />}
        <Group grow>
          <Button variant="default" onClick={onClose}>
            Back
          </Button>
          <Button color={forGood ? "red" : undefined} loading={busy} onClick={onSure}>
            {act}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
