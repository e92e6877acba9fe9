/** D1: who is there, what each has in hand, what stops them, and how many leads stand where. */
import { Anchor, Badge, Card, Group, Menu, SimpleGrid, Stack, Table, Text, Title, UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import { Link, useSearchParams } from "react-router";
import { AccountSelect } from "../account-select";
import { useAct } from "../act";
import { call } from "../api";
import type { CountedLeads, OnTheFloor } from "../api-types";
import { relative, time } from "../format";
import { Icon } from "../icons";
import { useRead } from "../reads";
import { Empty, Rows, Shown } from "../states";
import { useNow } from "../ticking";
import { WideTable } from "../wide-table";
import { reasonWords, statusWords } from "../words";

/** Seconds after which everything is read again while somebody looks. */
const EVERY = 20;
const TOLD = ["held", "ready", "leased", "callback", "assigned"] as const;
/** Told where there are any: they go nowhere until somebody changes something. */
const STUCK: readonly Status[] = ["unmatched"];
type Status = keyof OnTheFloor["counts"];

export default function Floor() {
  const [address, setAddress] = useSearchParams();
  const below = address.get("below");
  const query = below ? { below } : {};
  const floor = useRead("GET /v1/floor", { query }, { every: EVERY });
  const counts = useRead("GET /v1/counts", { query }, { every: EVERY });
  useNow(10_000);
  return (
    <>
      <Group justify="space-between" align="baseline" mb="sm">
        <Title order={1} size="h2">
          Floor
        </Title>
        {floor.data && (
          <Text size="sm" c="dimmed">
            as of {time(floor.data.as_of)}
          </Text>
        )}
      </Group>
      <Shown query={counts} skeleton={<Rows count={1} height={78} />}>
        {(found) => <Standing counts={found.items} below={below} />}
      </Shown>
      <Group justify="space-between" align="flex-end" mt="lg" mb="xs">
        <Title order={2} size="h4">
          Who is there
        </Title>
        <AccountSelect label="Below" placeholder="everybody" kinds={["branch"]} clearable value={below} onChange={(account) => setAddress(account ? { below: account } : {}, { replace: true })} />
      </Group>
      <Shown query={floor} skeleton={<Rows count={6} height={44} />}>
        {(found) =>
          found.items.length === 0 ? (
            <Empty icon="users" title="No users yet">
              Users are added under Company; they stand here as soon as they are.
            </Empty>
          ) : (
            <>
              <Users items={found.items} />
              {found.more && (
                <Text size="sm" c="dimmed" mt="xs">
                  There are more users than these: choose a branch.
                </Text>
              )}
            </>
          )
        }
      </Shown>
    </>
  );
}

/** Leads by status, of all these accounts together; each is the way to those leads. */
function Standing({ counts, below }: { counts: CountedLeads[]; below: string | null }) {
  const of = below ? `&owner=${encodeURIComponent(below)}` : "";
  const total = (status: Status) => counts.reduce((sum, each) => sum + (each.counts[status] ?? 0), 0);
  const atLeast = (status: Status) => counts.some((each) => (each.more as Status[] | undefined)?.includes(status));
  return (
    <SimpleGrid cols={{ base: 2, xs: 3, md: 5 }} spacing="xs">
      {[...TOLD, ...STUCK.filter((status) => total(status) > 0)].map((status) => (
        <Card key={status} withBorder p="sm" component={Link} to={status === "held" && !below ? "/held" : `/leads?status=${status}${of}`} c="inherit" td="none">
          <Text fw={700} size="xl" lh={1.1}>
            {total(status).toLocaleString()}
            {atLeast(status) && "+"}
          </Text>
          <Text size="sm" c="dimmed">
            {statusWords(status)}
          </Text>
        </Card>
      ))}
    </SimpleGrid>
  );
}

function Users({ items }: { items: OnTheFloor[] }) {
  const branches = [...new Map(items.map((each) => [each.branch.id, each.branch.name])).entries()].sort((a, b) => a[1].localeCompare(b[1]));
  return (
    <WideTable label="Who is there" miw={720} stickyHeader>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>User</Table.Th>
          <Table.Th>Now</Table.Th>
          <Table.Th ta="right">Has</Table.Th>
          <Table.Th ta="right">Got today</Table.Th>
          <Table.Th ta="right">Pulled</Table.Th>
          <Table.Th ta="right">Worked</Table.Th>
          <Table.Td w={48} />
        </Table.Tr>
      </Table.Thead>
      {branches.map(([id, title]) => (
        <Table.Tbody key={id}>
          <Table.Tr>
            <Table.Th colSpan={7} scope="rowgroup" c="dimmed" fw={500}>
              {title}
            </Table.Th>
          </Table.Tr>
          {items
            .filter((each) => each.branch.id === id)
            .sort((a, b) => +b.available - +a.available || a.name.localeCompare(b.name))
            .map((each) => (
              <User key={each.account} user={each} />
            ))}
        </Table.Tbody>
      ))}
    </WideTable>
  );
}

function User({ user }: { user: OnTheFloor }) {
  return (
    <Table.Tr>
      <Table.Td fw={600}>{user.name}</Table.Td>
      <Table.Td>
        <Doing user={user} />
      </Table.Td>
      <Figure of={Object.values(user.counts).reduce((sum, each) => sum + each, 0)} more={(user.more?.length ?? 0) > 0} />
      <Figure of={user.today.received} />
      <Figure of={user.today.pulled} />
      <Figure of={user.today.worked} />
      <Table.Td p={0}>
        <Acts user={user} />
      </Table.Td>
    </Table.Tr>
  );
}

function Figure({ of, more = false }: { of: number; more?: boolean }) {
  return (
    <Table.Td ta="right" style={{ fontVariantNumeric: "tabular-nums" }}>
      {of.toLocaleString()}
      {more && "+"}
    </Table.Td>
  );
}

/** What they do now, and what stops push from giving them a lead. */
function Doing({ user }: { user: OnTheFloor }): ReactNode {
  const isOff = user.why_not === "disabled";
  const isHere = user.available && !isOff;
  const idle = user.last_active_at === null ? "never active" : `active ${relative(user.last_active_at)}`;
  return (
    <Stack gap={0}>
      <Group gap={6} wrap="nowrap">
        <Badge variant="dot" color={isHere ? "green" : "gray"} tt="none" style={{ flexShrink: 0 }}>
          {isOff ? "off" : isHere ? "available" : "away"}
        </Badge>
        <Text size="sm">
          {user.holding ? (
            <>
              {user.holding.lead_id ? <Anchor component={Link} to={`/leads/${user.holding.lead_id}`}>on a lead</Anchor> : "on a lead"}
              {user.holding.since && ` since ${time(user.holding.since)}`}
            </>
          ) : (
            idle
          )}
        </Text>
      </Group>
      {user.why_not && user.why_not !== "unavailable" && (
        <Text size="xs" c="dimmed">
          gets no leads: {reasonWords(user.why_not)}
        </Text>
      )}
    </Stack>
  );
}

function Acts({ user }: { user: OnTheFloor }) {
  const [busy, act] = useAct(`${user.name} was not changed`, "GET /v1/floor");
  const change = (available: boolean) => act(() => call("PUT /v1/accounts/{id}/presence", { path: { id: user.account }, body: { available } }));
  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <UnstyledButton p="sm" aria-label={`Acts on ${user.name}`} disabled={busy}>
          <Icon name="more" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item component={Link} to={`/leads?owner=${encodeURIComponent(user.account)}`}>
          Their leads
        </Menu.Item>
        <Menu.Item component={Link} to={`/company/${encodeURIComponent(user.account)}`}>
          {user.why_not === "disabled" ? "Back from leave, or their leads to others" : "On leave, or their leads to others"}
        </Menu.Item>
        <Menu.Item onClick={() => void change(!user.available)}>{user.available ? "Switch to away" : "Switch to available"}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
