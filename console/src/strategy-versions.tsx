/** What a strategy was before: each version, by whom, what it said differently, and a way back to it. */
import { Button, Drawer, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useInfiniteQuery } from "@tanstack/react-query";
import { call } from "./api";
import type { Version } from "./api-types";
import { when } from "./format";
import { useNames } from "./names";
import { Pages } from "./states";
import { differences, newPull, newPush, type Draft, type Kind, type Line } from "./strategies";
import { Differences } from "./strategy-review";

/** A version as the list of them answers it: with the whole strategy, but where it was deleted. */
type Whole = Version & Draft;

const AT_ONCE = 20;

interface Props {
  kind: Kind;
  id: string;
  now: Line[];
  words: (draft: Draft) => Line[];
  opened: boolean;
  onClose: () => void;
  onRestore: (draft: Draft) => void;
}

export function Versions({ kind, id, now, words, opened, onClose, onRestore }: Props) {
  const { account } = useNames();
  const [open, setOpen] = useState<number | null>(null);
  const found = useInfiniteQuery({
    queryKey: [`GET /v1/${kind}-strategies/{id}/versions`, id],
    queryFn: ({ pageParam }) => call(`GET /v1/${kind}-strategies/{id}/versions`, { path: { id }, query: { limit: AT_ONCE, cursor: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: opened,
    staleTime: 0,
  });
  const restored = ({ version: _, deleted: __, changed_at: ___, changed_by: ____, ...body }: Whole) => ({ ...(kind === "push" ? newPush(0) : newPull(0)), ...body }) as unknown as Draft;
  return (
    <Drawer opened={opened} onClose={onClose} title="Versions" position="right" size="lg">
      <Pages query={found}>
        {(versions) => (
          <Stack gap="sm">
            {(versions as Whole[]).map((each, at) => (
              <div key={each.version}>
                <Group justify="space-between" gap="xs">
                  <div>
                    <Text fw={600}>
                      Version {each.version}
                      {each.deleted ? ", deleted" : at === 0 ? ", as it is now" : ""}
                    </Text>
                    <Text size="sm" c="dimmed">
                      {[each.changed_by && account(each.changed_by), each.changed_at && when(each.changed_at)].filter(Boolean).join(", ")}
                    </Text>
                  </div>
                  {at > 0 && !each.deleted && (
                    <Button variant="default" size="compact-md" aria-label={`Compare version ${each.version}`} aria-expanded={open === each.version} onClick={() => setOpen(open === each.version ? null : each.version)}>
                      Compare
                    </Button>
                  )}
                </Group>
                {open === each.version && (
                  <Stack gap="xs" mt="xs">
                    <Differences changed={differences(words(restored(each)), now)} before={`Version ${each.version}`} after="Now" />
                    <Button variant="default" onClick={() => onRestore(restored(each))}>
                      Bring version {each.version} back
                    </Button>
                    <Text size="sm" c="dimmed">
                      It is put into the form, to be looked at and saved.
                    </Text>
                  </Stack>
                )}
              </div>
            ))}
          </Stack>
        )}
      </Pages>
    </Drawer>
  );
}
