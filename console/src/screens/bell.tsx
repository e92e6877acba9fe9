/** P3: what one is told, what is not sent yet, and one's own settings. */
import { Alert, Button, Container, Group, Modal, Paper, SegmentedControl, Stack, Switch, Table, Text, TextInput, Title, UnstyledButton, useMantineColorScheme } from "@mantine/core";
import { lazy, Suspense, useState } from "react";
import { useNavigate } from "react-router";
import { notDone } from "../act";
import { call } from "../api";
import type { Answer } from "../api";
import type { Notification, Notify } from "../api-types";
import { when } from "../format";
import { Icon } from "../icons";
import { useInHand } from "../in-hand";
import { keep, signOut } from "../kept";
import { DISPOSITION, drop, send, sendAgain, useOutbox, type Entry } from "../outbox";
import { accountOf, useMe, useRead, useReadAgain } from "../reads";
import { session } from "../sign-in/session";
import { Empty, Failed, Mishap, Rows, Shown } from "../states";
import { useInstall } from "../updates";
import { eventWords, roleWords } from "../words";

const Authenticator = lazy(() => import("../sign-in/authenticator"));

type Me = Answer<"GET /v1/me">;

export default function Bell() {
  return (
    <Container size="sm" p={0}>
      <Title order={1} size="h2" mb="sm">
        Bell
      </Title>
      <Stack gap="xl">
        <Unsent />
        <News />
        <Settings />
      </Stack>
    </Container>
  );
}

function Unsent() {
  const entries = useOutbox();
  if (entries.length === 0) return null;
  return (
    <section>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h4">
          Recorded here
        </Title>
        <Button variant="default" size="compact-md" onClick={() => void send()}>
          Send now
        </Button>
      </Group>
      {entries.map((each) => (
        <Waiting key={each.key} entry={each} />
      ))}
    </section>
  );
}

function Waiting({ entry }: { entry: Entry }) {
  const inHand = useInHand();
  const navigate = useNavigate();
  /** At the lead, with the note that was typed; it stays here until another one is accepted in its place. */
  const mend = async () => {
    if ("note" in entry.body && entry.body.note) await keep(`draft/${entry.lead}`, entry.body.note);
    void navigate(inHand?.lead.id === entry.lead ? "/next" : `/mine/${entry.lead}`);
  };
  return (
    <Paper withBorder p="sm" mb="xs">
      <Text fw={600}>{entry.title}</Text>
      <Text size="sm" c="dimmed">
        {when(entry.at)} · {entry.refused ? "refused" : "waits for the network"}
      </Text>
      {entry.refused && (
        <>
          <Text size="sm" my="xs">
            {entry.refused.message}
          </Text>
          <Group gap="xs">
            {entry.route === DISPOSITION ? (
              <Button variant="default" onClick={() => void mend()}>
                Record anew
              </Button>
            ) : (
              <Button variant="default" onClick={() => void sendAgain(entry)}>
                Send again
              </Button>
            )}
            <Button variant="default" onClick={() => void drop(entry)}>
              Forget it
            </Button>
          </Group>
        </>
      )}
    </Paper>
  );
}

/** What they are told, with the lead's name in the place of its id. */
function inNames({ text, lead }: Notification): string {
  return lead?.name ? text.replaceAll(lead.id, lead.name) : text;
}

function News() {
  const found = useRead("GET /v1/notifications", { query: { limit: 30 } }, { every: 60, keep: true });
  const again = useReadAgain();
  const navigate = useNavigate();
  const look = async (each: Notification) => {
    if (each.read_at === null) await call("POST /v1/notifications/{id}/read", { path: { id: each.id } }).catch(() => undefined);
    void again("GET /v1/notifications", "GET /v1/me/status");
    if (each.lead) void navigate(`/mine/${each.lead.id}`);
  };
  const readAll = async (last: string) => {
    try {
      await call("POST /v1/notifications/read", { body: { up_to: last }, key: crypto.randomUUID() });
    } catch (error) {
      notDone("They are not marked as read", error);
    }
    await again("GET /v1/notifications", "GET /v1/me/status");
  };
  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        News
      </Title>
      <Shown query={found}>
        {({ items, unread }) =>
          items.length === 0 ? (
            <Empty icon="bell" title="Nothing new">
              You are told here of leads that are yours now, of callbacks that are due, and the like.
            </Empty>
          ) : (
            <Stack gap="xs">
              {unread > 0 && items[0] && (
                <Button variant="default" style={{ alignSelf: "flex-end" }} onClick={() => void readAll(items[0]?.id ?? "")}>
                  Mark all as read
                </Button>
              )}
              {items.map((each) => (
                <UnstyledButton key={each.id} onClick={() => void look(each)}>
                  <Paper withBorder p="sm">
                    <Group justify="space-between" wrap="nowrap" gap="xs">
                      <Text fw={each.read_at === null ? 700 : 400}>{eventWords(each.event)}</Text>
                      <Text size="sm" c="dimmed" style={{ flexShrink: 0 }}>
                        {when(each.at)}
                      </Text>
                    </Group>
                    <Text size="sm" c="dimmed">
                      {inNames(each)}
                    </Text>
                  </Paper>
                </UnstyledButton>
              ))}
            </Stack>
          )
        }
      </Shown>
    </section>
  );
}

function Settings() {
  const me = useMe();
  return <Shown query={me}>{(found) => <Own me={found} />}</Shown>;
}

const CHANNELS = ["in_app", "email"] as const;
const HEADINGS = { in_app: "Here", email: "E-mail" };

function Own({ me }: { me: Me }) {
  const again = useReadAgain();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const [error, setError] = useState<unknown>(null);
  const [leaves, setLeaves] = useState(false);
  const waiting = useOutbox().length;
  const { pool, account } = session();
  const { name, role } = accountOf(me);
  const own = me.notify as Notify;
  const events = Object.entries(me.notify_effective.events).filter(([event]) => role !== "rep" || !["held_too_long", "limit_reached", "import_done"].includes(event));

  const save = async (notify: Notify) => {
    setError(null);
    try {
      await call("PATCH /v1/me", { body: { notify } });
      await again("GET /v1/me");
    } catch (failure) {
      setError(failure);
    }
  };
  const tell = (event: string, channel: (typeof CHANNELS)[number], wanted: boolean) => {
    const choices = (own.events ?? {}) as Record<string, object | null | undefined>;
    return save({ ...own, events: { ...choices, [event]: { ...choices[event], [channel]: wanted } } });
  };

  return (
    <section>
      <Title order={2} size="h4" mb="xs">
        Settings
      </Title>
      <Stack gap="md">
        <Text c="dimmed">
          {name}, {roleWords(role)}
        </Text>
        {error !== null && <Failed error={error} />}
        <Table verticalSpacing="xs" layout="fixed">
          <Table.Thead>
            <Table.Tr>
              <Table.Th pl={0}>Tell me of</Table.Th>
              {CHANNELS.map((each) => (
                <Table.Th key={each} w={84}>
                  {HEADINGS[each]}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {events.map(([event, told]) => (
              <Table.Tr key={event}>
                <Table.Td pl={0}>{eventWords(event)}</Table.Td>
                {CHANNELS.map((channel) => (
                  <Table.Td key={channel}>
                    <Switch size="md" aria-label={`${eventWords(event)}: ${HEADINGS[channel]}`} checked={told[channel]} onChange={(change) => void tell(event, channel, change.currentTarget.checked)} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
        <Quiet hours={me.notify_effective.quiet_hours} onSave={(quiet_hours) => void save({ ...own, quiet_hours })} />
        <div>
          <Text size="sm" fw={500} mb={4} id="scheme">
            Colours
          </Text>
          <SegmentedControl
            fullWidth
            aria-labelledby="scheme"
            value={colorScheme}
            onChange={(next) => setColorScheme(next as typeof colorScheme)}
            data={[
              { value: "auto", label: "As the device" },
              { value: "light", label: "Light" },
              { value: "dark", label: "Dark" },
            ]}
          />
        </div>
        {pool && (
          <Mishap>
            <Suspense fallback={<Rows count={1} />}>
              <Authenticator pool={pool} account={account} />
            </Suspense>
          </Mishap>
        )}
        <Install />
        <Button variant="default" size="md" onClick={() => (waiting ? setLeaves(true) : void signOut())}>
          Sign out
        </Button>
      </Stack>
      <Modal opened={leaves} onClose={() => setLeaves(false)} title="Not everything is sent" centered>
        <Text mb="md">What you recorded here and is not sent yet would be lost.</Text>
        <Group grow>
          <Button variant="default" onClick={() => setLeaves(false)}>
            Stay
          </Button>
          <Button color="red" onClick={() => void signOut()}>
            Sign out all the same
          </Button>
        </Group>
      </Modal>
    </section>
  );
}

function Quiet({ hours, onSave }: { hours: Record<string, string> | null; onSave: (hours: { start: string; end: string }) => void }) {
  const [start, setStart] = useState(hours?.start ?? "");
  const [end, setEnd] = useState(hours?.end ?? "");
  const isChanged = start !== (hours?.start ?? "") || end !== (hours?.end ?? "");
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        Quiet hours, without e-mails
      </Text>
      <Group grow align="flex-end" gap="xs">
        <TextInput type="time" label="From" value={start} onChange={(event) => setStart(event.currentTarget.value)} />
        <TextInput type="time" label="To" value={end} onChange={(event) => setEnd(event.currentTarget.value)} />
        {isChanged && start && end && (
          <Button variant="default" onClick={() => onSave({ start, end })}>
            Save
          </Button>
        )}
      </Group>
    </div>
  );
}

function Install() {
  const install = useInstall();
  if (install === null)
    return (
      <Text size="sm" c="dimmed">
        To have this as an app, choose “Add to home screen” in your browser's menu.
      </Text>
    );
  return (
    <Alert icon={<Icon name="plus" />} variant="outline" title="As an app">
      <Text size="sm">It opens at once, also without a network.</Text>
      <Button mt="xs" variant="default" onClick={() => void install()}>
        Install
      </Button>
    </Alert>
  );
}
