/** D4: what is held, by what stops it, with the acts that free it. */
import { Anchor, Badge, Button, Card, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useState } from "react";
import { Link } from "react-router";
import { useAct } from "../act";
import { call, send } from "../api";
import type { AccountResource, HeldFor, Lead } from "../api-types";
import { count, relative } from "../format";
import { useNames } from "../names";
import { accountOf, useList, useMe, useRead, useReadAgain } from "../reads";
import { Empty, Rows, Shown } from "../states";
import { MOST_AT_ONCE, Transfer } from "../transfer";
import { reasonWords } from "../words";

const NAMED = 5;
/** What is another one once somebody can take leads. */
const OF_THE_HELD = ["GET /v1/held/summary", "GET /v1/accounts", "GET /v1/floor"] as const;

export default function HeldPage() {
  const found = useRead("GET /v1/held/summary", {}, { every: 20 });
  return (
    <>
      <Title order={1} size="h2" mb="sm">
        Held
      </Title>
      <Shown query={found} skeleton={<Rows count={3} height={110} />}>
        {(told) =>
          told.held === 0 ? (
            <Empty title="Nothing is held">No lead waits for somebody who is away, off, or has had as many as they may.</Empty>
          ) : (
            <Stack>
              <Group justify="space-between">
                <Text c="dimmed">
                  {count(told.held, "lead is", "leads are")} held: they wait until somebody can take them, and move then by themselves.
                  {told.searched !== undefined && ` What stops them is told of ${count(told.searched, "lead")}.`}
                </Text>
                <SomeOfThem held={told.held} />
              </Group>
              {told.items.map((each) => (
                <Reason key={`${each.strategy} ${each.reason}`} found={each} />
              ))}
            </Stack>
          )
        }
      </Shown>
    </>
  );
}

function Reason({ found }: { found: HeldFor }) {
  const names = useNames();
  const me = useMe();
  const isAdmin = me.data !== undefined && accountOf(me.data).role === "admin";
  const accounts = useList("GET /v1/accounts", {}, { background: true, fresh: 60_000 });
  const kinds = new Map(accounts.data?.map((each) => [each.id, each.kind]));
  const isUser = (id: string) => kinds.get(id) === "user";
  const shown = found.accounts.slice(0, NAMED);
  const others = found.accounts.length - shown.length;
  return (
    <Card withBorder>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <div>
          <Text fw={600}>{count(found.count, "lead waits", "leads wait")}{found.oldest && `; the first was held ${relative(found.oldest)}`}</Text>
          <Text>
            {found.strategy === null ? (
              "No decision could be made"
            ) : (
              <>
                {isAdmin ? (
                  <Anchor component={Link} to={`/strategies/push/${found.strategy}`}>
                    {names.strategy(found.strategy)}
                  </Anchor>
                ) : (
                  <b>{names.strategy(found.strategy)}</b>
                )}
                {shown.length > 0 && ` · ${shown.map(names.account).join(", ")}${others > 0 ? ` and ${count(others, "other")}` : ""}: ${reasonWords(found.reason)}`}
                {shown.length === 0 && ` · ${reasonWords(found.reason)}`}
              </>
            )}
          </Text>
        </div>
        {found.reason === "eligible" && <Badge variant="outline" tt="none">moves within a minute</Badge>}
      </Group>
      <Group gap="xs" mt="sm">
        {found.reason === "disabled" && isAdmin && shown.filter(isUser).map((each) => <BackFromLeave key={each} account={each} />)}
        {found.reason === "unavailable" && shown.filter(isUser).map((each) => <SwitchOn key={each} account={each} />)}
      </Group>
    </Card>
  );
}

function BackFromLeave({ account }: { account: string }) {
  const names = useNames();
  const [busy, act] = useAct(`${names.account(account)} is still on leave`, ...OF_THE_HELD);
  const enable = async () => {
    const { body } = await send("GET /v1/accounts/{id}", { path: { id: account } });
    const { version, ...kept } = body as AccountResource;
    await call("PUT /v1/accounts/{id}", { path: { id: account }, body: { ...kept, enabled: true }, ifMatch: version });
  };
  return (
    <Button variant="default" loading={busy} onClick={() => void act(enable)}>
      {names.account(account)} is back
    </Button>
  );
}

function SwitchOn({ account }: { account: string }) {
  const names = useNames();
  const [busy, act] = useAct(`${names.account(account)} was not switched on`, ...OF_THE_HELD);
  return (
    <Button variant="default" loading={busy} onClick={() => void act(() => call("PUT /v1/accounts/{id}/presence", { path: { id: account }, body: { available: true } }))}>
      {names.account(account)} is available
    </Button>
  );
}

/** The longest held ones, to be given to somebody. */
function SomeOfThem({ held }: { held: number }) {
  const [isOpen, { open, close }] = useDisclosure();
  const [leads, setLeads] = useState<Lead[] | null>(null);
  const [busy, act] = useAct("The leads could not be read");
  const again = useReadAgain();
  const start = () =>
    act(async () => {
      const { items } = await call("GET /v1/leads", { query: { status: "held", limit: MOST_AT_ONCE } });
      setLeads(items);
      open();
    });
  const end = () => {
    close();
    setLeads(null);
    void again("GET /v1/held/summary");
  };
  return (
    <Group gap="xs">
      <Button variant="default" loading={busy} onClick={() => void start()}>
        Transfer {held > MOST_AT_ONCE ? `${MOST_AT_ONCE} of them` : "them"}
      </Button>
      <Button variant="default" component={Link} to="/leads?status=held">
        Look at them
      </Button>
      {leads && leads.length > 0 && <Transfer leads={leads} opened={isOpen} onClose={end} onDone={end} />}
      <Modal opened={isOpen && leads?.length === 0} onClose={end} title="Nothing is held any more">
        <Text>They have found somebody meanwhile.</Text>
      </Modal>
    </Group>
  );
}
