import { Button, Group, Modal, Text } from "@mantine/core";
import type { ReactNode } from "react";

interface Props {
  opened: boolean;
  /** Of the lead. */
  name: string;
  busy: boolean;
  onClose: () => void;
  onChoose: () => void;
  /** What was refused. */
  children: ReactNode;
}

/** The one disposition that is asked about: it holds for everybody, and for good. */
export default function NeverAgain({ opened, name, busy, onClose, onChoose, children }: Props) {
  return (
    <Modal opened={opened} onClose={onClose} title="Never call again?" centered>
      <Text mb="md">{name} is put on the do-not-call list, for everybody, with every number of this lead.</Text>
      {children}
      <Group grow>
        <Button variant="default" onClick={onClose}>
          Back
        </Button>
        <Button color="red" loading={busy} onClick={onChoose}>
          Do not call
        </Button>
      </Group>
    </Modal>
  );
}
