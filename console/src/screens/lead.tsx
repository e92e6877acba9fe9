/** D3: a lead as a manager sees it: who it is, where it stands, what happened and why, and what would happen now. */
import { Anchor, Badge, Button, Card, Container, Grid, Group, Stack, Table, Text, Textarea, Title } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { Link, useNavigate, useParams } from "react-router";
import { useAct } from "../act";
import { call, now } from "../api";
import type { Answer } from "../api";
import type { Lead } from "../api-types";
import type { Filing, Push } from "../decision";
import { name, phone, spelled, state, time, value, when } from "../format";
import { Icon } from "../icons";
import { Edit } from "../lead-edit";
import { Origin } from "../lead-origin";
import { Others } from "../lead-others";
import { Person } from "../lead-person";
import { useRead } from "../reads";
import { Receipt } from "../receipt";
import { Failed, Rows, Shown } from "../states";
import { Timeline } from "../timeline";
import { Transfer } from "../transfer";
import { callingWords, statusWords } from "../words";

const PushTree = lazy(() => import("../decision").then((found) => ({ default: found.PushTree })));
const FilingTree = lazy(() => import("../decision").then((found) => ({ default: found.FilingTree })));

export default function LeadPage() {
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const found = useRead("GET /v1/leads/{id}", { path: { id } });
  return (
    <Container size="lg" p={0}>
      <Button variant="subtle" size="compact-md" leftSection={<Icon name="back" />} onClick={() => void navigate(-1)} mb="xs">
        Back
      </Button>
      <Shown query={found}>
        {(lead) => (
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, md: 5 }}>
              <Stack>
                <Card withBorder>
                  <Who lead={lead} />
                </Card>
                <Others lead={lead} />
                <Origin lead={lead} />
                <Person lead={lead} />
              </Stack>
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 7 }}>
              <Stack gap="lg">
                {!lead.erased && <WhatIf lead={lead} />}
                <section>
                  <Title order={2} size="h4" mb="sm">
                    What happened
                  </Title>
                  <Timeline lead={lead.id} beside={(event, all) => event.event === "asked_again" && <Receipt lead={lead} event={event} all={all} />} />
                </section>
              </Stack>
            </Grid.Col>
          </Grid>
        )}
      </Shown>
    </Container>
  );
}

function Who({ lead }: { lead: Lead }) {
  const [isMoving, setMoving] = useState(false);
  const type = useRead("GET /v1/record-types/{id}", { path: { id: lead.record_type } }, { background: true, fresh: 600_000 });
  const hours = useRead("GET /v1/calling-hours", { query: { lead: lead.id } }, { background: true, fresh: 60_000, enabled: lead.status !== "closed" });
  const fields = new Map(type.data?.fields.map((each) => [each.name, each]));
  const place = [lead.state && state(lead.state), lead.postal_code, lead.timezone && `${time(now(), lead.timezone)} there`].filter(Boolean).join(" · ");
  const rows: (readonly [string, string])[] = [
    ["Owner", lead.owner_name ?? lead.owner],
    ["In the hands of", lead.holder ? (lead.holder_name ?? lead.holder) : ""],
    ["Attempts", String(lead.attempts)],
    ["Last recorded", lead.last_disposition ? spelled(lead.last_disposition) : ""],
    ["Calls", hours.data && lead.status !== "closed" ? callingWords(hours.data) : ""],
    ["Can be pulled from", lead.available_at ? when(lead.available_at) : ""],
    ["Call back", lead.callback_at ? when(lead.callback_at) : ""],
    ["Source", lead.source],
    ["Campaign", lead.campaign ?? ""],
    ["Came in", when(lead.created_at)],
    ...Object.entries(lead.fields).map(([key, found]) => [fields.get(key)?.label ?? spelled(key), value(found, fields.get(key))] as const),
  ];
  return (
    <Stack gap="sm">
      <div>
        <Group justify="space-between" align="flex-start" wrap="nowrap">
          <Title order={1} size="h3">
            {name(lead)}
          </Title>
          <Badge variant="outline" tt="none" style={{ flexShrink: 0 }}>
            {statusWords(lead.status)}
          </Badge>
        </Group>
        <Text c="dimmed">{place}</Text>
      </div>
      {lead.phones.map((each) => (
        <Text key={each.value}>
          {phone(each.value)} {each.kind && <Text span c="dimmed">{each.kind}</Text>}
        </Text>
      ))}
      {lead.emails.map((each) => (
        <Anchor key={each.value} href={`mailto:${each.value}`}>
          {each.value}
        </Anchor>
      ))}
      <Table verticalSpacing={4} withRowBorders={false}>
        <Table.Tbody>
          {rows.filter(([, text]) => text).map(([label, text]) => (
            <Table.Tr key={label}>
              <Table.Th fw={400} c="dimmed" w="40%" pl={0} scope="row">
                {label}
              </Table.Th>
              <Table.Td pr={0}>{text}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {lead.erased ? (
        <Text>This person was erased: only facts are left.</Text>
      ) : (
        <>
          <Group grow>
            <Edit lead={lead} type={type.data} />
            <Button variant="default" leftSection={<Icon name="forward" />} onClick={() => setMoving(true)}>
              Transfer
            </Button>
          </Group>
          {lead.status !== "closed" && (
            <Button component={Link} to={`/mine/${lead.id}`} state={{ isFromDesk: true }} variant="default" leftSection={<Icon name="check" />}>
              Record what happened
            </Button>
          )}
          <Note lead={lead.id} />
        </>
      )}
      <Transfer leads={[lead]} opened={isMoving} onClose={() => setMoving(false)} onDone={() => setMoving(false)} />
    </Stack>
  );
}

const noteOf = (text: string) => ({ text, key: crypto.randomUUID() });

function Note({ lead }: { lead: string }) {
  // The same text said again, where an answer was lost, is the same note.
  const [{ text, key }, setNote] = useState(() => noteOf(""));
  const [busy, act] = useAct("The note was not saved", "GET /v1/leads/{id}/timeline");
  const save = () =>
    act(async () => {
      await call("POST /v1/leads/{id}/notes", { path: { id: lead }, key, body: { note: text.trim() } });
      setNote(noteOf(""));
    });
  return (
    <Stack gap="xs">
      <Textarea label="Note" autosize minRows={2} maxRows={8} maxLength={10000} value={text} onChange={(event) => setNote(noteOf(event.currentTarget.value))} />
      {text.trim() && (
        <Button variant="default" loading={busy} onClick={() => void save()}>
          Save the note
        </Button>
      )}
    </Stack>
  );
}

/** What push and pull would decide now. Nothing is changed by asking. */
function WhatIf({ lead }: { lead: Lead }) {
  const [found, setFound] = useState<Answer<"POST /v1/explain"> | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const type = useRead("GET /v1/record-types/{id}", { path: { id: lead.record_type } }, { background: true, fresh: 600_000 });
  const labels = new Map(type.data?.fields.map((each) => [each.name, each.label ?? spelled(each.name)]));
  const ask = async () => {
    setBusy(true);
    setError(null);
    try {
      setFound(await call("POST /v1/explain", { body: { lead_id: lead.id } }));
    } catch (refused) {
      setError(refused);
    }
    setBusy(false);
  };
  return (
    <section>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          What would happen now
        </Title>
        <Button variant="default" size="compact-md" loading={busy} onClick={() => void ask()}>
          {found ? "Ask again" : "Ask"}
        </Button>
      </Group>
      {error !== null && <Failed error={error} again={() => void ask()} />}
      {found && (
        <Suspense fallback={<Rows count={3} height={20} />}>
          <Stack gap="sm">
            <PushTree decision={found.push as unknown as Push} labels={labels} />
            <FilingTree filing={found.pull as unknown as Filing} labels={labels} />
          </Stack>
        </Suspense>
      )}
    </section>
  );
}
