/** D6: what a rep can record of a lead: the order of the buttons, what each does, and how that looks on a phone. */
import { ActionIcon, Badge, Button, Card, Grid, Group, Modal, NumberInput, Select, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { call } from "./api";
import type { DispositionBody, DispositionResource } from "./api-types";
import { count } from "./format";
import { Icon } from "./icons";
import { Dispositions as Buttons } from "./lead-card";
import { accountOf, useList, useMe, useReadAgain } from "./reads";
import { Moves } from "./record-types";
import { bodyOf, Delete, idFrom, NotSaved, useDraft, useFocusBack, useSave } from "./save";
import { Failed, Shown } from "./states";
import { outcomeWords } from "./words";

const OUTCOMES = ["recycle", "keep", "callback", "close", "do_not_call"] as const;
const STEP = 10;
const AT_FIELDS = ["id", "name", "label", "outcome", "cool_down_minutes", "grace_minutes"];

export default function Dispositions() {
  const found = useList("GET /v1/dispositions", {}, { fresh: 5_000 });
  const me = useMe();
  const mayChange = me.data !== undefined && accountOf(me.data).role === "admin";
  const [edited, setEdited] = useState<DispositionResource | "new" | null>(null);
  const close = () => setEdited(null);
  return (
    <Shown query={found}>
      {(all) => (
        <>
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, md: 7 }}>
              <List all={all} mayChange={mayChange} onEdit={setEdited} />
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 5 }}>
              <Card withBorder component="section" maw={390}>
                <Title order={2} size="h4" mb="xs">
                  On a rep's phone
                </Title>
                <Buttons all={all} busy={null} onChoose={(each) => mayChange && setEdited(each)} />
              </Card>
            </Grid.Col>
          </Grid>
          {edited && <Edit key={edited === "new" ? "" : edited.id} found={edited === "new" ? fresh(all) : edited} onClose={close} />}
        </>
      )}
    </Shown>
  );
}

function fresh(all: DispositionResource[]): DispositionResource {
  const order = Math.max(0, ...all.map((each) => each.order)) + STEP;
  const usual = { cool_down_minutes: null, cool_down_in: "minutes", counts_as_attempt: true, contact_made: false, release: false, grace_minutes: 60, give_back_pull: false, sale: null } as const;
  return { id: "", name: "", label: "", order, shown: true, outcome: "recycle", ...usual, version: 0 };
}

function List({ all, mayChange, onEdit }: { all: DispositionResource[]; mayChange: boolean; onEdit: (each: DispositionResource | "new") => void }) {
  const again = useReadAgain();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const sorted = [...all].sort((a, b) => a.order - b.order || a.label.localeCompare(b.label));

  /** Only those whose place is another one are saved. */
  const save = async (changed: DispositionResource[]) => {
    setBusy(true);
    setError(null);
    try {
      for (const each of changed) await call("PUT /v1/dispositions/{id}", { path: { id: each.id }, ifMatch: each.version, body: bodyOf(each) });
    } catch (failure) {
      setError(failure);
    }
    await again("GET /v1/dispositions");
    setBusy(false);
  };
  const move = (at: number, by: number) => {
    const next = [...sorted];
    next.splice(at + by, 0, ...next.splice(at, 1));
    void save(next.map((each, here) => ({ ...each, order: (here + 1) * STEP })).filter((each) => all.some((one) => one.id === each.id && one.order !== each.order)));
  };

  return (
    <Stack gap="xs">
      {error !== null && <Failed error={error} again={() => void again("GET /v1/dispositions")} />}
      {sorted.map((each, at) => (
        <Card key={each.id} withBorder p="xs">
          <Group wrap="nowrap" gap="xs" justify="space-between">
            <div style={{ minWidth: 0 }}>
              <Group gap="xs">
                <Text fw={600}>{each.label}</Text>
                {!each.shown && (
                  <Badge size="sm" variant="outline" color="gray" tt="none">
                    not shown
                  </Badge>
                )}
              </Group>
              <Text size="sm" c="dimmed">
                {does(each)}
              </Text>
            </div>
            {mayChange && (
              <Group gap={2} wrap="nowrap">
                <Moves name={each.label} at={at} of={sorted.length} move={(by) => move(at, by)} disabled={busy} />
                <ActionIcon variant="subtle" color="gray" aria-label={`Change ${each.label}`} onClick={() => onEdit(each)}>
                  <Icon name="edit" size={18} />
                </ActionIcon>
              </Group>
            )}
          </Group>
        </Card>
      ))}
      {mayChange && (
        <Button variant="default" leftSection={<Icon name="plus" />} onClick={() => onEdit("new")} style={{ alignSelf: "flex-start" }}>
          Add a button
        </Button>
      )}
    </Stack>
  );
}

/** What it does to a lead, in a line. */
function does(each: DispositionResource): string {
  const rests = each.outcome === "recycle" && each.cool_down_minutes !== null && `rests ${count(each.cool_down_minutes, "minute")}${each.cool_down_in === "open_minutes" ? " of calling hours" : ""}`;
  const told = [each.counts_as_attempt ? "counts as an attempt" : "is no attempt", each.contact_made && "somebody was reached", each.sale && "is a sale", each.give_back_pull && "gives the pull back"];
  return [`The lead ${outcomeWords(each.outcome)}`, rests, ...told].filter(Boolean).join(" · ");
}

function Edit({ found, onClose }: { found: DispositionResource; onClose: () => void }) {
  const isNew = found.version === 0;
  const { draft, base, edit, reset } = useDraft(found);
  useFocusBack();
  const saving = useSave("dispositions");
  const label = draft.label.trim();
  const body: DispositionBody = { ...bodyOf(draft), ...(isNew ? { id: idFrom(label), name: label } : {}), sale: draft.outcome === "close" ? draft.sale : null };
  const saved = () => {
    notifications.show({ color: "green", message: `${label} is saved` });
    onClose();
  };
  const save = async () => {
    if (await saving.save(body, isNew ? null : base.version)) saved();
  };
  const turn = (key: "shown" | "counts_as_attempt" | "contact_made" | "release" | "give_back_pull", text: string) => (
    <Switch label={text} checked={draft[key]} onChange={(event) => edit({ [key]: event.currentTarget.checked })} />
  );
  return (
    <Modal opened onClose={onClose} title={isNew ? "Add a button" : `Change ${found.label}`} centered size="lg">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <Stack gap="sm">
          <TextInput label="What the button says" data-autofocus required maxLength={100} value={draft.label} onChange={(event) => edit({ label: event.currentTarget.value })} error={saving.at("label") ?? saving.at("name") ?? saving.at("id")} />
          <Select
            label="Then the lead"
            allowDeselect={false}
            data={OUTCOMES.map((value) => ({ value, label: outcomeWords(value) }))}
            value={draft.outcome}
            onChange={(outcome) => outcome && edit({ outcome: outcome as DispositionResource["outcome"] })}
            error={saving.at("outcome")}
          />
          {draft.outcome === "recycle" && (
            <Group align="flex-end" gap="xs">
              <NumberInput
                label="It rests for so many minutes"
                description="Empty: as its pull strategy says"
                min={0}
                value={draft.cool_down_minutes ?? ""}
                onChange={(minutes) => edit({ cool_down_minutes: minutes === "" ? null : Number(minutes) })}
                error={saving.at("cool_down_minutes")}
              />
              <Switch mb="xs" label="Only calling hours count" checked={draft.cool_down_in === "open_minutes"} onChange={(event) => edit({ cool_down_in: event.currentTarget.checked ? "open_minutes" : "minutes" })} />
            </Group>
          )}
          {draft.outcome === "callback" && (
            <NumberInput label="It waits for them so many minutes past the time promised" min={0} value={draft.grace_minutes} onChange={(minutes) => edit({ grace_minutes: Number(minutes) })} error={saving.at("grace_minutes")} />
          )}
          {turn("shown", "Reps see it")}
          {turn("counts_as_attempt", "It counts as an attempt")}
          {turn("contact_made", "Somebody was reached")}
          {draft.outcome === "recycle" && turn("give_back_pull", "It gives the pull back: it does not count against the rep's limits")}
          {turn("release", "An owned lead goes back to everybody")}
          {draft.outcome === "close" && <Switch label="It is a sale" checked={draft.sale ?? false} onChange={(event) => edit({ sale: event.currentTarget.checked })} />}
          <NotSaved saving={saving} fields={AT_FIELDS} onTake={reset} onSaved={saved} />
          <Group justify="space-between">
            {isNew ? <span /> : <Delete kind="dispositions" of={found} name={found.label} onDone={onClose} />}
            <Group gap="xs">
              <Button variant="default" onClick={onClose}>
                Back
              </Button>
              <Button type="submit" loading={saving.busy} disabled={!idFrom(label)}>
                Save
              </Button>
            </Group>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
