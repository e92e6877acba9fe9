/** D5: every strategy in the order in which it is tried, by account; and that order, changed by dragging or by buttons. */
import { ActionIcon, Anchor, Badge, Box, Button, Group, Paper, Stack, Tabs, Text, Title, VisuallyHidden } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState, type DragEvent } from "react";
import { Link, useSearchParams } from "react-router";
import { call, Problem } from "../api";
import type { PullStrategyResource, PushStrategyResource } from "../api-types";
import { count } from "../format";
import { Icon } from "../icons";
import { useNames } from "../names";
import { accountOf, useList, useMe, useRead, useReadAgain } from "../reads";
import { Empty, Rows, Shown } from "../states";
import { bodyOf, entryWords, inTurn, labelsOf, METHOD, renumbered, RESET, type Kind } from "../strategies";

type Stored = PushStrategyResource | PullStrategyResource;
const AT_ONCE = 25;

export default function Strategies() {
  const [asked, setAsked] = useSearchParams();
  const kind: Kind = asked.get("kind") === "pull" ? "pull" : "push";
  const me = useMe();
  const isAdmin = me.data !== undefined && accountOf(me.data).role === "admin";
  return (
    <>
      <Group justify="space-between" mb="sm" gap="xs">
        <Title order={1} size="h2">
          Strategies
        </Title>
        {isAdmin && (
          <Button component={Link} to={`/strategies/${kind}`} leftSection={<Icon name="plus" />}>
            {kind === "push" ? "New push strategy" : "New pull strategy"}
          </Button>
        )}
      </Group>
      <Tabs value={kind} onChange={(next) => setAsked(next === "pull" ? { kind: "pull" } : {}, { replace: true })} keepMounted={false}>
        <Tabs.List mb="md">
          <Tabs.Tab value="push">Push</Tabs.Tab>
          <Tabs.Tab value="pull">Pull</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="push">
          <All kind="push" isAdmin={isAdmin} />
        </Tabs.Panel>
        <Tabs.Panel value="pull">
          <All kind="pull" isAdmin={isAdmin} />
        </Tabs.Panel>
      </Tabs>
    </>
  );
}

const ABOUT = {
  push: "A lead goes to a recipient of the first strategy of its account that matches and has somebody who can take it.",
  pull: "Who asks for the next lead is lent one by the first strategy that has one for them.",
} as const;

function All({ kind, isAdmin }: { kind: Kind; isAdmin: boolean }) {
  const all = useList(`GET /v1/${kind}-strategies` as "GET /v1/push-strategies", {}, { background: true });
  const { account } = useNames();
  return (
    <Shown query={all} skeleton={<Rows count={5} height={84} />}>
      {(found) => {
        const accounts = kind === "pull" ? [""] : [...new Set(found.map((each) => each.distributed_from))].sort((a, b) => +(b === "corporate") - +(a === "corporate") || account(a).localeCompare(account(b)));
        return found.length === 0 ? (
          <Empty icon="strategy" title={kind === "push" ? "No push strategies yet" : "No pull strategies yet"}>
            {kind === "push" ? "Without one, leads wait to be pulled. A new one says which leads go to whom." : "Without one, nobody can pull a lead. A new one says which leads are lent to whom."}
          </Empty>
        ) : (
          <Stack gap="lg">
            <Text c="dimmed">{ABOUT[kind]}</Text>
            {accounts.map((id) => (
              <section key={id} aria-label={id ? account(id) : "By priority"}>
                {id && (
                  <Title order={2} size="h4" mb="xs">
                    From {account(id)}
                  </Title>
                )}
                <Ordered kind={kind} isAdmin={isAdmin} all={id ? found.filter((each) => each.distributed_from === id) : found} />
              </section>
            ))}
          </Stack>
        );
      }}
    </Shown>
  );
}

const place = (one: Stored) => ("order" in one ? one.order : one.priority);

/** Strategies that are tried one after another. */
function Ordered({ kind, isAdmin, all }: { kind: Kind; isAdmin: boolean; all: Stored[] }) {
  const [shown, setShown] = useState(AT_ONCE);
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const [busy, setBusy] = useState(false);
  const [told, setTold] = useState("");
  const readAgain = useReadAgain();
  const sorted = inTurn(all, place);
  const move = async (from: number, to: number) => {
    if (busy || from === to || to < 0 || to >= sorted.length) return;
    setBusy(true);
    try {
      for (const [each, number] of renumbered(sorted, place, from, to)) {
        const body = { ...bodyOf(each), [kind === "push" ? "order" : "priority"]: number };
        await call(`PUT /v1/${kind}-strategies/{id}` as "PUT /v1/push-strategies/{id}", { path: { id: each.id }, body: body as never, ifMatch: each.version });
      }
      setTold(`${sorted[from]?.name} is number ${to + 1} now`);
    } catch (error) {
      const isMoved = error instanceof Problem && error.status === 412;
      notifications.show({ color: "red", title: "The order was not changed as a whole", message: isMoved ? "Somebody else saved one of these strategies just now. This is how they stand; try again." : error instanceof Error ? error.message : "" });
    }
    await readAgain(`GET /v1/${kind}-strategies`, `GET /v1/${kind}-strategies/{id}`);
    setBusy(false);
  };
  return (
    <>
    <Stack gap="xs" component="ol" m={0} p={0} style={{ listStyle: "none" }} aria-busy={busy}>
      {sorted.slice(0, shown).map((each, index) => {
        const dragging = isAdmin && sorted.length > 1
          ? {
              draggable: true,
              onDragStart: (event: DragEvent) => {
                event.dataTransfer.effectAllowed = "move";
                event.dataTransfer.setData("text/plain", each.id);
                setDragged(index);
              },
              onDragOver: (event: DragEvent) => {
                if (dragged === null) return;
                event.preventDefault();
                setOver(index);
              },
              onDrop: (event: DragEvent) => {
                event.preventDefault();
                if (dragged !== null) void move(dragged, index);
              },
              onDragEnd: () => {
                setDragged(null);
                setOver(null);
              },
            }
          : {};
        return (
          <Paper key={each.id} component="li" withBorder p="sm" {...dragging} style={{ opacity: dragged === index ? 0.5 : 1, borderColor: over === index && dragged !== index ? "var(--mantine-color-anchor)" : undefined }}>
            <Group wrap="nowrap" gap="sm" align="flex-start">
              {isAdmin && sorted.length > 1 && (
                <Box c="dimmed" pt={2} visibleFrom="sm" style={{ cursor: "grab" }}>
                  <Icon name="drag" />
                </Box>
              )}
              <Strategy kind={kind} strategy={each} at={index + 1} />
              {isAdmin && sorted.length > 1 && (
                <Group gap={0} wrap="nowrap">
                  {([["up", -1, "rotate(-90deg)"], ["down", 1, "rotate(90deg)"]] as const).map(([way, step, transform]) => (
                    <ActionIcon key={way} variant="subtle" color="gray" size="lg" disabled={index + step < 0 || index + step >= sorted.length} onClick={() => void move(index, index + step)} aria-label={`${each.name} ${way}`}>
                      <span style={{ display: "inline-flex", transform }}>
                        <Icon name="forward" />
                      </span>
                    </ActionIcon>
                  ))}
                </Group>
              )}
            </Group>
          </Paper>
        );
      })}
      {sorted.length > shown && (
        <li>
          <Button variant="default" onClick={() => setShown(shown + AT_ONCE)}>
            More
          </Button>
        </li>
      )}
    </Stack>
    <VisuallyHidden role="status">{told}</VisuallyHidden>
    </>
  );
}

function Strategy({ kind, strategy, at }: { kind: Kind; strategy: Stored; at: number }) {
  const { account } = useNames();
  const type = useRead("GET /v1/record-types/{id}", { path: { id: strategy.record_type } }, { background: true, fresh: 600_000 });
  const labels = labelsOf(type.data);
  const criteria = strategy.criteria.map((each) => entryWords(each, labels)).join("; ");
  return (
    <Stack gap={2} style={{ flex: 1, minWidth: 0 }}>
      <Group gap="xs">
        <Text fw={600}>
          {at}. <Anchor component={Link} to={`/strategies/${kind}/${encodeURIComponent(strategy.id)}`} fw={600}>{strategy.name}</Anchor>
        </Text>
        {!strategy.enabled && (
          <Badge variant="outline" color="gray" tt="none">
            switched off
          </Badge>
        )}
      </Group>
      <Text size="sm" lineClamp={3}>{criteria || "Every lead"}</Text>
      {"method" in strategy ? (
        <Group gap="xs">
          <Text size="sm" c="dimmed">
            {METHOD[strategy.method]}, anew {RESET[strategy.reset_interval]} ·
          </Text>
          <Standing id={strategy.id} />
        </Group>
      ) : (
        <Text size="sm" c="dimmed">
          to {strategy.recipients.slice(0, 3).map(account).join(", ")}
          {strategy.recipients.length > 3 && ` and ${strategy.recipients.length - 3} more`} · lent for {strategy.lease_minutes} min · {count(strategy.max_attempts, "try", "tries")}
        </Text>
      )}
    </Stack>
  );
}

/** Who can take a lead now, and what went out today. */
function Standing({ id }: { id: string }) {
  const state = useRead("GET /v1/push-strategies/{id}/state", { path: { id } }, { background: true, fresh: 60_000 });
  if (state.data === undefined) return <Text size="sm" c="dimmed">{state.isError ? "who can take leads is not known just now" : "…"}</Text>;
  const { recipients } = state.data;
  const able = recipients.filter((each) => each.eligible).length;
  return (
    <Text size="sm" c={able === 0 ? "var(--mantine-color-error)" : "dimmed"}>
      {able} of {count(recipients.length, "recipient")} can take a lead now · {recipients.reduce((sum, each) => sum + each.day, 0)} today
    </Text>
  );
}
