/** Who changed a part of the set-up, and when. */
import { Card, Group, Stack, Text, Title } from "@mantine/core";
import type { Version } from "./api-types";
import { when } from "./format";
import { useNames } from "./names";
import { useRead } from "./reads";
import type { Kind } from "./save";
import { Rows, Shown } from "./states";

const SHOWN = 5;

export function History({ kind, id }: { kind: Kind; id: string }) {
  const found = useRead(`GET /v1/${kind}/{id}/versions` as "GET /v1/accounts/{id}/versions", { path: { id }, query: { limit: SHOWN } }, { background: true });
  const names = useNames();
  return (
    <Card withBorder component="section">
      <Title order={2} size="h4" mb="xs">
        Changes
      </Title>
      <Shown query={found} skeleton={<Rows count={2} height={24} />}>
        {({ items }) => (
          <Stack gap={4}>
            {items.map((each: Version) => (
              <Group key={each.version} justify="space-between" wrap="nowrap" gap="xs">
                <Text size="sm">
                  {each.deleted ? "Deleted" : `Version ${each.version}`}
                  {each.changed_by && ` by ${names.account(each.changed_by)}`}
                </Text>
                <Text size="sm" c="dimmed">
                  {each.changed_at && when(each.changed_at)}
                </Text>
              </Group>
            ))}
          </Stack>
        )}
      </Shown>
    </Card>
  );
}
