/** P2: callbacks that were promised, leads that are theirs, appointments. */
import { ActionIcon, Badge, Button, Container, Group, Paper, Stack, Tabs, Text, TextInput, Title, UnstyledButton } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { Link, useNavigate } from "react-router";
import { useAct } from "../act";
import { call, now } from "../api";
import type { Appointment, Lead } from "../api-types";
import { name, relative, time, when } from "../format";
import { Icon } from "../icons";
import { leadLine } from "../lead-card";
import { record, send } from "../outbox";
import { placeCall } from "../place-call";
import { accountOf, useList, useMe, useRead } from "../reads";
import { Empty, Shown } from "../states";
import { useNow } from "../ticking";
import { eventWords } from "../words";

// What opens over the page comes after it.
const Sure = lazy(() => import("../sure"));

function matches(lead: Lead, words: string): boolean {
  const digits = words.replace(/\D/g, "");
  const text = `${name(lead)} ${lead.email ?? ""}`.toLowerCase();
  return words.toLowerCase().split(/\s+/).every((each) => text.includes(each)) || (digits.length >= 3 && lead.phones.some((each) => each.value.includes(digits)));
}

export default function Mine() {
  const me = useMe();
  const user = me.data ? accountOf(me.data).id : "";
  const leads = useList("GET /v1/leads", { query: { mine: true } }, { keep: true });
  // A lead that is opened from here without a network has its buttons all the same.
  useList("GET /v1/dispositions", {}, { keep: true, background: true, fresh: 600_000 });
  const [words, setWords] = useState("");
  useNow(30_000);
  return (
    <Container size="sm" p={0}>
      <Title order={1} size="h2" mb="sm">
        Mine
      </Title>
      <TextInput aria-label="Find by name or number" placeholder="Name or number" leftSection={<Icon name="search" />} value={words} onChange={(event) => setWords(event.currentTarget.value)} mb="sm" />
      <Shown query={leads}>
        {(found) => {
          const seen = found.filter((each) => matches(each, words));
          const callbacks = seen.filter((each) => each.callback_at !== null).sort((a, b) => (a.callback_at ?? "").localeCompare(b.callback_at ?? ""));
          const owned = seen.filter((each) => each.owner === user && each.callback_at === null).sort((a, b) => Number(a.first_call_at !== null) - Number(b.first_call_at !== null) || b.created_at.localeCompare(a.created_at));
          return (
            <Tabs defaultValue={callbacks.length || !owned.length ? "callbacks" : "leads"} keepMounted={false}>
              <Tabs.List grow mb="sm">
                <Tabs.Tab value="callbacks">Callbacks {callbacks.length || ""}</Tabs.Tab>
                <Tabs.Tab value="leads">Leads {owned.length || ""}</Tabs.Tab>
                <Tabs.Tab value="appointments">Meetings</Tabs.Tab>
                <Tabs.Tab value="today">Today</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="callbacks">
                {callbacks.length ? callbacks.map((each) => <Row key={each.id} lead={each} tag={<Due at={each.callback_at ?? ""} />} />) : <Empty title="No callbacks promised" />}
              </Tabs.Panel>
              <Tabs.Panel value="leads">
                {owned.length ? (
                  owned.map((each) => <Row key={each.id} lead={each} tag={each.first_call_at === null && <Badge color="green" variant="outline">new</Badge>} />)
                ) : (
                  <Empty title={words ? "No lead of yours is named so" : "No leads are yours now"}>{words ? null : "Leads that are assigned to you, or that you keep, stand here."}</Empty>
                )}
              </Tabs.Panel>
              <Tabs.Panel value="appointments">
                <Appointments leads={found} />
              </Tabs.Panel>
              <Tabs.Panel value="today">
                <Today />
              </Tabs.Panel>
            </Tabs>
          );
        }}
      </Shown>
    </Container>
  );
}

function Due({ at }: { at: string }) {
  const isLate = Date.parse(at) < now();
  return (
    <Badge color={isLate ? "red" : "gray"} variant={isLate ? "filled" : "outline"} tt="none" style={{ flexShrink: 0 }}>
      {isLate ? `due ${relative(at)}` : relative(at)}
    </Badge>
  );
}

function Row({ lead, tag }: { lead: Lead; tag: ReactNode }) {
  return (
    <Paper withBorder mb="xs" p="xs">
      <Group wrap="nowrap" gap="xs">
        <UnstyledButton component={Link} to={`/mine/${lead.id}`} flex={1} miw={0} py={6}>
          <Group gap="xs" wrap="nowrap" justify="space-between">
            <Text fw={600} truncate>
              {name(lead)}
            </Text>
            {tag}
          </Group>
          <Text size="sm" c="dimmed" truncate>
            {lead.callback_at && `${when(lead.callback_at)} · `}
            {leadLine(lead)}
            {lead.timezone && ` · ${time(now(), lead.timezone)} there`}
          </Text>
        </UnstyledButton>
        {lead.phone && <CallButton lead={lead} number={lead.phone} />}
      </Group>
    </Paper>
  );
}

function CallButton({ lead, number }: { lead: Lead; number: string }) {
  const [busy, setBusy] = useState(false);
  const navigate = useNavigate();
  const start = async () => {
    setBusy(true);
    const found = await placeCall(lead, number);
    setBusy(false);
    if ("callId" in found) void navigate(`/mine/${lead.id}`, { state: found });
    else notifications.show({ color: "orange", title: "Not now", message: `${found.message}${found.nextAt ? ` It may be called from ${when(found.nextAt)}.` : ""}` });
  };
  return (
    <ActionIcon size={44} variant="default" loading={busy} aria-label={`Call ${name(lead)}`} onClick={() => void start()}>
      <Icon name="next" />
    </ActionIcon>
  );
}

function Appointments({ leads }: { leads: Lead[] }) {
  const [from] = useState(() => new Date(new Date(now()).setHours(0, 0, 0, 0)).toISOString().replace(/\.\d+Z$/, "Z"));
  const found = useList("GET /v1/appointments", { query: { from } }, { keep: true });
  const names = new Map(leads.map((each) => [each.id, name(each)]));
  return (
    <Shown query={found}>
      {(all: Appointment[]) =>
        all.length === 0 ? (
          <Empty title="No appointments">They are made when you record one.</Empty>
        ) : (
          <Stack gap="xs">
            {all.map((each) => (
              <Meeting key={each.id} meeting={each} whom={names.get(each.lead_id) ?? "A lead"} />
            ))}
          </Stack>
        )
      }
    </Shown>
  );
}

function Meeting({ meeting, whom }: { meeting: Appointment; whom: string }) {
  const [asks, setAsks] = useState(false);
  const [busy, act] = useAct("The meeting was not cancelled", "GET /v1/appointments", "GET /v1/leads/{id}/timeline");
  const cancel = () =>
    act(async () => {
      await call("DELETE /v1/leads/{id}/appointments/{appointment}", { path: { id: meeting.lead_id, appointment: meeting.id } });
      setAsks(false);
    });
  return (
    <Paper withBorder p="sm">
      <Group wrap="nowrap" gap="xs">
        <UnstyledButton component={Link} to={`/mine/${meeting.lead_id}`} flex={1} miw={0}>
          <Text fw={600}>{when(meeting.starts_at)}</Text>
          <Text>{whom}</Text>
          {meeting.notes && (
            <Text size="sm" c="dimmed">
              {meeting.notes}
            </Text>
          )}
        </UnstyledButton>
        {Date.parse(meeting.starts_at) > now() && (
          <Button variant="default" flex="none" aria-label={`Cancel the meeting with ${whom}`} onClick={() => setAsks(true)}>
            Cancel
          </Button>
        )}
      </Group>
      <Suspense>
        <Sure opened={asks} title="Cancel the meeting?" act="Cancel it" busy={busy} onClose={() => setAsks(false)} onSure={() => void cancel()}>
          {whom}, {when(meeting.starts_at)}. They are not told: call them.
        </Sure>
      </Suspense>
    </Paper>
  );
}

/** What they recorded today, whoever has those leads now: for an hour they may add a note. */
function Today() {
  const found = useRead("GET /v1/me/recent-leads", {}, { keep: true });
  const dispositions = useList("GET /v1/dispositions", {}, { keep: true, background: true, fresh: 600_000 });
  const labels = new Map(dispositions.data?.map((each) => [each.id, each.label]));
  return (
    <Shown query={found}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title="Nothing recorded today" />
        ) : (
          <Stack gap="xs">
            {items.map((each) => (
              <Paper key={each.id} withBorder p="sm">
                <Text fw={600}>{each.may_read ? <Link to={`/mine/${each.id}`}>{each.name ?? "A lead"}</Link> : (each.name ?? "A lead")}</Text>
                {each.did.map((did) => (
                  <Text key={did.at + did.kind} size="sm" c="dimmed">
                    {when(did.at)} · {did.disposition ? (labels.get(did.disposition) ?? did.disposition) : eventWords(did.kind)}
                  </Text>
                ))}
                {each.note_until && Date.parse(each.note_until) > now() && <AddNote lead={each.id} title={each.name ?? "A lead"} />}
              </Paper>
            ))}
          </Stack>
        )
      }
    </Shown>
  );
}

function AddNote({ lead, title }: { lead: string; title: string }) {
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const save = async () => {
    setBusy(true);
    const { key } = await record({ route: "POST /v1/leads/{id}/notes", lead, title: `${title}: note`, body: { note: note.trim() } });
    setNote("");
    const sent = await send(key);
    setBusy(false);
    notifications.show("refused" in sent ? { color: "red", title: "The note was refused", message: sent.refused.message } : { color: "green", message: "waits" in sent ? "Kept here, and sent when there is a network." : `Noted on ${title}` });
  };
  return (
    <Group gap="xs" mt="xs" wrap="nowrap">
      <TextInput flex={1} aria-label={`Note on ${title}`} placeholder="Add a note" maxLength={10000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
      <Button variant="default" disabled={!note.trim()} loading={busy} onClick={() => void save()}>
        Save
      </Button>
    </Group>
  );
}
