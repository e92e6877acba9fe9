/** Who else has a phone or an e-mail of a lead: its person again, or a household. */
import { Anchor, Card, Stack, Text, Title } from "@mantine/core";
import { useQueries } from "@tanstack/react-query";
import { Link } from "react-router";
import type { Lead } from "./api-types";
import { name } from "./format";
import { readOf } from "./reads";
import { statusWords } from "./words";

const CONTACTS = 3;
const LEADS = 10;

/** The first contacts of each kind, each as a search for it. */
function contactsOf({ phones, emails }: Lead): ({ phone: string } | { email: string })[] {
  return [...phones.slice(0, CONTACTS).map(({ value }) => ({ phone: value })), ...emails.slice(0, CONTACTS).map(({ value }) => ({ email: value }))];
}

export function Others({ lead }: { lead: Lead }) {
  const contacts = contactsOf(lead);
  const found = useQueries({
    queries: contacts.map((contact) => readOf("GET /v1/leads", { query: { ...contact, limit: LEADS } }, { background: true, fresh: 60_000 })),
  });
  const others = new Map(found.flatMap(({ data }) => data?.items ?? []).map((each) => [each.id, each]));
  others.delete(lead.id);
  const newestFirst = [...others.values()].sort((a, b) => b.created_at.localeCompare(a.created_at));
  const more = contacts.filter((_, at) => found[at]?.data?.next).map((each) => ("phone" in each ? each.phone : each.email));
  const isUnknown = found.some(({ data, isError }) => isError && data === undefined);
  if (others.size === 0 && more.length === 0 && !isUnknown) return null;
  return (
    <Card withBorder component="section">
      <Title order={2} size="h4" mb="xs">
        With the same phone or e-mail
      </Title>
      <Stack gap="xs">
        {newestFirst.map((each) => (
          <div key={each.id}>
            <Anchor component={Link} to={`/leads/${each.id}`}>
              {name(each)}
            </Anchor>
            <Text size="sm" c="dimmed">
              {statusWords(each.status)} · {each.owner_name ?? each.owner}
            </Text>
          </div>
        ))}
        {more.map((each) => (
          <Anchor key={each} component={Link} to={`/leads?q=${encodeURIComponent(each)}`} size="sm">
            All with {each}
          </Anchor>
        ))}
        {isUnknown && (
          <Text size="sm" c="dimmed">
            Not all could be looked up just now.
          </Text>
        )}
      </Stack>
    </Card>
  );
}
