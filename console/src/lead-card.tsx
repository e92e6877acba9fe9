/** A lead to work on: who it is, the call, the note, and what came of it. On the phone, all within a thumb's reach. */
import { ActionIcon, Alert, Anchor, Button, Collapse, Group, SimpleGrid, Stack, Switch, Text, Textarea, Title } from "@mantine/core";
import { useDisclosure, useLocalStorage } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import { useLocation } from "react-router";
import type { Problem } from "./api";
import type { CallingHours, DispositionRequest, DispositionResource, Lead, Lease } from "./api-types";
import { count, name, ordinal, phone, spelled, state, time, value, when } from "./format";
import { Icon } from "./icons";
import { forget, keep, kept } from "./kept";
import { DISPOSITION, record, refusedOf, send } from "./outbox";
import { placeCall, type Refusal } from "./place-call";
import { useList, useRead, useReadAgain } from "./reads";
import { Rows, Shown } from "./states";
import { useNow } from "./ticking";
import { Timeline } from "./timeline";
import { callingWords } from "./words";

// What opens over the page comes after it.
const TimeSheet = lazy(() => import("./time-sheet"));
const Sure = lazy(() => import("./sure"));
const FIELDS_SHOWN = 5;
/** Milliseconds for which a tap waits for the server; then it goes on, and what was recorded is sent later. */
const WAITS_MS = 4000;
/** Beside the words, never instead of them. */
const COLOURS = { recycle: "gray", keep: "green", callback: "blue", close: "orange", do_not_call: "red" } as const;
const ASKS_FOR_APPOINTMENT = "appointment-set";

interface Props {
  lead: Lead;
  lease: Lease | null;
  /** Why it is this one. */
  why?: string;
  /** It was recorded: `next` where the user wants another lead at once. */
  onDone: (next: boolean) => void;
  /** What stands above the card, such as the time that is left. */
  children?: ReactNode;
}

/** The numbers of a lead: which is being called, what was refused, and until when it may be called. */
function useCall(lead: Lead, lease: Lease | null) {
  const [calling, setCalling] = useState<string | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  // From a row of a list, where it has just been called.
  const [callId, setCallId] = useState<string | null>((useLocation().state as { callId?: string } | null)?.callId ?? null);
  const hours = useRead("GET /v1/calling-hours", { query: { lead: lead.id } }, { background: true, keep: true, fresh: 60_000 }).data;

  const start = async (number: string) => {
    setCalling(number);
    setRefusal(null);
    const found = await placeCall(lead, number, hours);
    if ("callId" in found) setCallId(found.callId);
    else setRefusal(found);
    setCalling(null);
  };
  return { start, calling, refusal, callId, hours, usual: lease?.phone ?? lead.phone };
}

export function LeadCard({ lead, lease, why, onDone, children }: Props) {
  const calls = useCall(lead, lease);
  const [note, setNote] = useTypedNote(lead.id);
  const [isOpen, { toggle }] = useDisclosure();
  const [asks, setAsks] = useState<DispositionResource | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [savesNote, setSavesNote] = useState(false);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [andNext, setAndNext] = useLocalStorage({ key: "and-next", defaultValue: true });
  const dispositions = useList("GET /v1/dispositions", {}, { keep: true, background: true, fresh: 600_000 });
  const again = useReadAgain();

  const dispose = async (disposition: DispositionResource, more: Partial<DispositionRequest> = {}) => {
    setBusy(disposition.id);
    setRefused(null);
    const body: DispositionRequest = {
      disposition: disposition.id,
      ...(note.trim() ? { note: note.trim() } : {}),
      ...(lease ? { lease_token: lease.token } : {}),
      ...(calls.callId ? { call_id: calls.callId } : {}),
      ...more,
    };
    const title = `${name(lead)}: ${disposition.label}`;
    // What was refused of this lead before is mended by this; until then it stays.
    const instead = refusedOf(lead.id).map((each) => each.key);
    const { key } = await record({ route: DISPOSITION, lead: lead.id, title, body, instead });
    const sent = await Promise.race([send(key), new Promise<{ waits: true }>((resolve) => setTimeout(() => resolve({ waits: true }), WAITS_MS))]);
    setBusy(null);
    if ("refused" in sent) {
      setRefused(sent.refused);
      return;
    }
    setAsks(null);
    await forget(`draft/${lead.id}`);
    notifications.show({ color: "green", message: "waits" in sent ? `${title}. Kept here, and sent when there is a network.` : title, autoClose: 3000 });
    onDone(andNext && !("waits" in sent));
  };

  const chosen = (disposition: DispositionResource) => {
    const needsMore = disposition.outcome === "callback" || disposition.outcome === "do_not_call" || disposition.id === ASKS_FOR_APPOINTMENT;
    setRefused(null);
    if (needsMore) setAsks(disposition);
    else void dispose(disposition);
  };

  const saveNote = async () => {
    setSavesNote(true);
    const { key } = await record({ route: "POST /v1/leads/{id}/notes", lead: lead.id, title: `${name(lead)}: note`, body: { note: note.trim() } });
    setNote("");
    setSavesNote(false);
    const sent = await send(key);
    if ("refused" in sent) notifications.show({ color: "red", title: "The note was refused", message: sent.refused.message });
    await again("GET /v1/leads/{id}/timeline");
  };

  const others = lead.phones.map((each) => each.value).filter((each) => each !== calls.usual);
  return (
    <Stack gap="sm">
      {children}
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Title order={1} size="h2" lh={1.2}>
            {name(lead)}
          </Title>
          <Place lead={lead} hours={calls.hours} />
        </div>
        <Button variant="default" size="compact-md" flex="none" onClick={toggle} aria-expanded={isOpen}>
          {isOpen ? "Less" : "More"}
        </Button>
      </Group>
      {calls.usual && (
        <Button size="xl" h={64} fullWidth leftSection={<Icon name="next" size={26} />} loading={calls.calling === calls.usual} onClick={() => void calls.start(calls.usual as string)}>
          Call {phone(calls.usual)}
        </Button>
      )}
      {calls.refusal && (
        <Alert color="orange" variant="outline" role="alert" title="Not now" icon={<Icon name="held" />}>
          {calls.refusal.message}
          {calls.refusal.nextAt && ` It may be called from ${when(calls.refusal.nextAt)}.`}
        </Alert>
      )}
      <Details lead={lead} why={why} all={isOpen} />
      <Collapse expanded={isOpen}>
        <Stack gap="sm">
          {others.map((each) => (
            <Button key={each} variant="default" fullWidth loading={calls.calling === each} leftSection={<Icon name="next" />} onClick={() => void calls.start(each)}>
              Call {phone(each)}
            </Button>
          ))}
          {lead.email && (
            <Anchor href={`mailto:${lead.email}`} size="sm">
              {lead.email}
            </Anchor>
          )}
          {isOpen && <Timeline lead={lead.id} />}
        </Stack>
      </Collapse>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <Textarea flex={1} label="Note" autosize minRows={1} maxRows={6} maxLength={10000} value={note} onChange={(event) => setNote(event.currentTarget.value)} />
        {note.trim() && (
          <ActionIcon size={36} variant="default" aria-label="Save the note alone" loading={savesNote} onClick={() => void saveNote()}>
            <Icon name="check" />
          </ActionIcon>
        )}
      </Group>
      {refused && !asks && <RefusedHere problem={refused} onPutAway={() => onDone(false)} />}
      <Shown query={dispositions} skeleton={<Rows count={3} height={44} />}>
        {(found) => <Dispositions all={found} busy={busy} onChoose={chosen} />}
      </Shown>
      {lease && <Switch size="md" checked={andNext} onChange={(event) => setAndNext(event.currentTarget.checked)} label="And the next lead at once" />}
      <Suspense>
        <TimeSheet
          disposition={asks?.outcome === "callback" || asks?.id === ASKS_FOR_APPOINTMENT ? asks : null}
          lead={lead}
          busy={busy !== null}
          refused={refused}
          onClose={() => setAsks(null)}
          onChoose={(at) => {
            if (asks) void dispose(asks, asks.outcome === "callback" ? { callback_at: at } : { appointment: { starts_at: at } });
          }}
        />
        {/* It holds for everybody, and for good. */}
        <Sure opened={asks?.outcome === "do_not_call"} title="Never call again?" act="Do not call" forGood busy={busy !== null} onClose={() => setAsks(null)} onSure={() => asks && void dispose(asks)}>
          {name(lead)} is put on the do-not-call list, for everybody, with every number of this lead.
          {refused && <RefusedHere problem={refused} onPutAway={() => onDone(false)} />}
        </Sure>
      </Suspense>
    </Stack>
  );
}

function Place({ lead, hours }: { lead: Lead; hours: CallingHours | undefined }) {
  const at = useNow(10_000);
  const until = hours?.changes_at ? Date.parse(hours.changes_at) : null;
  const isCalm = hours?.open && (until === null || until - at > 5 * 60_000);
  // Where it may be: one zone, or the several that its state, postal code and phone name.
  const zones = lead.timezone ? [lead.timezone] : (hours?.windows ?? []).map((each) => each.timezone);
  const times = [...new Set(zones.map((each) => time(at, each)))];
  const place = [lead.state && state(lead.state), times.length > 0 && `${times.join(" or ")} there`].filter(Boolean).join(" · ");
  return (
    <>
      <Text c="dimmed">{place}</Text>
      {hours && (
        <Text size="sm" c={isCalm ? "dimmed" : undefined} fw={isCalm ? undefined : 700}>
          {callingWords(hours)}
        </Text>
      )}
    </>
  );
}

function Details({ lead, why, all }: { lead: Lead; why: string | undefined; all: boolean }) {
  const type = useRead("GET /v1/record-types/{id}", { path: { id: lead.record_type } }, { keep: true, background: true, fresh: 600_000 });
  const known = [...(type.data?.fields ?? [])].sort((a, b) => (a.order ?? 100) - (b.order ?? 100) || (a.label ?? a.name).localeCompare(b.label ?? b.name));
  const named = new Set(known.map((each) => each.name));
  const rows = [
    ...known.map((each) => [each.label ?? spelled(each.name), value(lead.fields[each.name], each)] as const),
    ...Object.entries(lead.fields)
      .filter(([name]) => !named.has(name))
      .map(([name, found]) => [spelled(name), value(found)] as const),
  ].filter(([, text]) => text);
  const more: (readonly [string, string])[] = [
    ["Source", lead.source],
    ["Campaign", lead.campaign ?? ""],
    ["Postal code", lead.postal_code ?? ""],
    ["Came in", when(lead.created_at)],
  ];
  const shown = all ? [...rows, ...more.filter(([, text]) => text)] : rows.slice(0, FIELDS_SHOWN);
  return (
    <div>
      {/* The browser's own table: the components' one brings a library for popovers into the first load. */}
      <table className="facts">
        <tbody>
          {shown.map(([label, text]) => (
            <tr key={label}>
              <th scope="row">{label}</th>
              <td>{text}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <Text size="sm" c="dimmed">
        {[`${ordinal(lead.attempts + 1)} attempt`, why].filter(Boolean).join(" · ")}
      </Text>
    </div>
  );
}

export function Dispositions({ all, busy, onChoose }: { all: DispositionResource[]; busy: string | null; onChoose: (chosen: DispositionResource) => void }) {
  const shown = all.filter((each) => each.shown).sort((a, b) => a.order - b.order || a.label.localeCompare(b.label));
  const returns = shown.filter((each) => each.give_back_pull);
  const button = (each: DispositionResource) => {
    const asks = each.outcome === "callback" || each.outcome === "do_not_call" || each.id === ASKS_FOR_APPOINTMENT;
    return (
      <Button
        key={each.id}
        h={48}
        px="xs"
        variant="default"
        loading={busy === each.id}
        disabled={busy !== null && busy !== each.id}
        onClick={() => onChoose(each)}
        styles={{ root: { borderLeft: `5px solid var(--mantine-color-${COLOURS[each.outcome]}-6)` }, label: { whiteSpace: "normal", lineHeight: 1.15 } }}
      >
        {each.label}
        {asks && "…"}
      </Button>
    );
  };
  return (
    <Stack gap="xs" role="group" aria-label="What came of it">
      <SimpleGrid cols={2} spacing="xs" verticalSpacing="xs">
        {shown.filter((each) => !each.give_back_pull).map(button)}
      </SimpleGrid>
      {returns.map(button)}
    </Stack>
  );
}

function RefusedHere({ problem, onPutAway }: { problem: Problem; onPutAway: () => void }) {
  const isGone = problem.status === 404 || problem.status === 409;
  return (
    <Alert color="red" variant="outline" role="alert" title="That was not recorded" icon={<Icon name="warning" />}>
      <Text size="sm">{problem.fields.length ? problem.fields.map((each) => each.message).join("; ") : problem.message}</Text>
      {isGone && (
        <Button mt="xs" variant="default" onClick={onPutAway}>
          Put the lead away
        </Button>
      )}
    </Alert>
  );
}

/** What is typed and not recorded, kept on the device for this lead. */
function useTypedNote(lead: string): [string, (text: string) => void] {
  const [text, setText] = useState("");
  useEffect(() => {
    let isCurrent = true;
    void kept<string>(`draft/${lead}`).then((before) => isCurrent && setText((typed) => typed || before || ""));
    return () => {
      isCurrent = false;
      setText("");
    };
  }, [lead]);
  return [
    text,
    (next) => {
      setText(next);
      void keep(`draft/${lead}`, next);
    },
  ];
}

/** A line for a lead in a list. */
export function leadLine(lead: Lead): string {
  return [lead.state && state(lead.state), lead.attempts ? count(lead.attempts, "attempt") : "not tried yet"].filter(Boolean).join(" · ");
}

