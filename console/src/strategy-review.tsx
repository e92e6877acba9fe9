/** What is about to be saved, in words: old beside new, and what it would do; and both sides where somebody else saved meanwhile. */
import { Alert, Button, Group, Modal, Stack, Table, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { call, Problem } from "./api";
import type { Preview } from "./api-types";
import { when } from "./format";
import { Drafted, useNames } from "./names";
import { Failed, Rows } from "./states";
import { differences, type Changed, type Line } from "./strategies";
import { draftOf, Effect, namesOf } from "./strategy-what-if";
import type { Draft } from "./strategies";

/** Old against new; only what differs. */
export function Differences({ changed, before = "Now", after = "New" }: { changed: Changed[]; before?: string; after?: string }) {
  if (changed.length === 0) return <Text c="dimmed">Nothing is different.</Text>;
  return (
    <Table verticalSpacing="xs" layout="fixed" aria-label={`${before} and ${after}`}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{before}</Table.Th>
          <Table.Th>{after}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      {changed.map((each) => (
        <Table.Tbody key={each.label}>
          <Table.Tr>
            <Table.Th colSpan={2} scope="rowgroup" c="dimmed" fw={500} fz="sm" pb={0} style={{ borderBottom: 0 }}>
              {each.label}
            </Table.Th>
          </Table.Tr>
          <Table.Tr>
            <Table.Td style={{ verticalAlign: "top" }}>
              <Items items={each.before} />
            </Table.Td>
            <Table.Td fw={600} style={{ verticalAlign: "top" }}>
              <Items items={each.after} />
            </Table.Td>
          </Table.Tr>
        </Table.Tbody>
      ))}
    </Table>
  );
}

function Items({ items }: { items: string[] }) {
  return items.length === 0 ? <Text span c="dimmed" fw={400}>–</Text> : items.map((each, at) => <div key={at}>{each}</div>);
}

interface ReviewProps {
  draft: Draft;
  /** None: it is new. */
  before: Line[] | null;
  after: Line[];
  opened: boolean;
  busy: boolean;
  error: unknown;
  onClose: () => void;
  onSave: () => void;
  /** The server would refuse it: its messages belong to the form. */
  onRefused: (error: unknown) => void;
}

export function Review({ draft, before, after, opened, busy, error, onClose, onSave, onRefused }: ReviewProps) {
  const [preview, setPreview] = useState<Preview | null>(null);
  const [failed, setFailed] = useState<unknown>(null);
  const body = JSON.stringify(draftOf(draft));
  useEffect(() => {
    if (!opened) return;
    const stopped = new AbortController();
    setPreview(null);
    setFailed(null);
    call("POST /v1/preview", { body: { draft: JSON.parse(body), last: 200 }, signal: stopped.signal }).then(
      (found) => {
        setPreview(found);
        const refused = found.problems.find((each) => each.errors.length > 0);
        // As a save would answer: the form has each message at its field, and it is looked at again.
        if (refused) onRefused(new Problem(refused.status, { detail: refused.detail, code: refused.code, errors: refused.errors }));
      },
      (refused: unknown) => {
        if (stopped.signal.aborted) return;
        if (refused instanceof Problem && refused.status === 422) onRefused(refused);
        else setFailed(refused);
      },
    );
    return () => stopped.abort();
    // onRefused is made anew with each rendering; what is asked follows the draft alone.
  }, [opened, body]);
  return (
    <Modal opened={opened} onClose={onClose} title={before === null ? "Review the new strategy" : "Review the change"} size="xl">
      <Stack>
        <Differences changed={differences(before ?? [], after)} before={before === null ? "–" : "Now"} />
        <Text fw={600} component="h3">
          What it would do
        </Text>
        {failed !== null ? <Failed error={failed} /> : preview === null ? <Rows count={2} height={24} /> : <Drafted value={namesOf(draft)}><Effect preview={preview} /></Drafted>}
        {error !== null && <Failed error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Back to the form
          </Button>
          <Button loading={busy} onClick={onSave}>
            Save
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

interface ClashProps {
  /** As it was when the form was opened, as somebody else saved it, as the form has it. */
  was: Line[];
  theirs: Line[];
  mine: Line[];
  by: { who: string | null; at: string | null; version: number };
  onMine: () => void;
  onTheirs: () => void;
  onClose: () => void;
}

/** Somebody else saved meanwhile: what each changed, side by side. Nothing typed is lost. */
export function Clash({ was, theirs, mine, by, onMine, onTheirs, onClose }: ClashProps) {
  const { account } = useNames();
  return (
    <Modal opened onClose={onClose} title="Somebody else saved it meanwhile" size="xl">
      <Stack>
        <Alert color="orange" variant="outline">
          {by.who ? account(by.who) : "Somebody"} saved version {by.version}
          {by.at && ` at ${when(by.at)}`}. Yours is still in the form.
        </Alert>
        <Text fw={600} component="h3">
          What they changed
        </Text>
        <Differences changed={differences(was, theirs)} before="Before" after="Theirs" />
        <Text fw={600} component="h3">
          Theirs beside yours
        </Text>
        <Differences changed={differences(theirs, mine)} before="Theirs" after="Yours" />
        <Group justify="flex-end">
          <Button variant="default" onClick={onTheirs}>
            Take theirs
          </Button>
          <Button onClick={onMine}>Go on with mine</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
