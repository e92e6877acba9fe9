/** D7: what a source sent in the last days, what became of it, and why; what was refused can be let in. */
import { Badge, Button, Card, Code, Collapse, Group, Stack, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { notifications } from "@mantine/notifications";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Link } from "react-router";
import { call } from "./api";
import type { Post, SourceResource } from "./api-types";
import { noticed, when } from "./format";
import { useReadAgain } from "./reads";
import { Empty, Failed, Pages } from "./states";
import { noLeadWords, postedWords } from "./words";

const COLOURS: Record<Post["outcome"], string> = { lead: "green", duplicate: "blue", refused: "orange", quarantined: "orange", invalid: "red" };
const RELEASABLE = ["refused", "quarantined"];
const PAGE = 25;

export default function Posts({ source }: { source: SourceResource }) {
  const found = useInfiniteQuery({
    queryKey: ["GET /v1/sources/{id}/posts", { id: source.id }, "pages"],
    queryFn: ({ pageParam, signal }) => call("GET /v1/sources/{id}/posts", { path: { id: source.id }, query: { limit: PAGE, cursor: pageParam }, signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
  });
  return (
    <Stack maw={820} gap="xs">
      <Group justify="space-between">
        <Text c="dimmed">The last 7 days, the newest first.</Text>
        <Button variant="default" size="compact-md" loading={found.isRefetching} onClick={() => void found.refetch()}>
          Look again
        </Button>
      </Group>
      <Pages query={found}>
        {(posts) =>
          posts.length === 0 ? (
            <Empty icon="source" title="It has sent nothing">
              What is posted with one of its keys stands here, whether or not it became a lead.
            </Empty>
          ) : (
            posts.map((each) => <Sent key={each.id} source={source} post={each} />)
          )
        }
      </Pages>
    </Stack>
  );
}

function Sent({ source, post }: { source: SourceResource; post: Post }) {
  const again = useReadAgain();
  const [isOpen, { toggle }] = useDisclosure();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const release = async () => {
    setBusy(true);
    setError(null);
    try {
      await call("POST /v1/sources/{id}/posts/{post}/release", { path: { id: source.id, post: post.id }, key: `release-${post.id}` });
      notifications.show({ color: "green", message: "It is a lead now, and goes its way" });
      await again("GET /v1/sources/{id}/posts");
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <Card withBorder p="sm">
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <Badge variant="outline" color={COLOURS[post.outcome]} tt="none" c="var(--mantine-color-text)">
            {postedWords(post.outcome)}
          </Badge>
          <Text size="sm">{when(post.at)}</Text>
        </Group>
        <Group gap="xs">
          {post.lead_id && (
            <Button component={Link} to={`/leads/${post.lead_id}`} variant="default" size="compact-md">
              The lead
            </Button>
          )}
          {RELEASABLE.includes(post.outcome) && !post.lead_id && (
            <Button size="compact-md" loading={busy} onClick={() => void release()}>
              Make it a lead
            </Button>
          )}
          {post.as_received && (
            <Button variant="default" size="compact-md" aria-expanded={isOpen} onClick={toggle}>
              {isOpen ? "Less" : "As it came"}
            </Button>
          )}
        </Group>
      </Group>
      {post.reason && (
        <Text size="sm" mt={4}>
          Because {noLeadWords(post.reason)}.
        </Text>
      )}
      {post.warnings.map((each, at) => (
        <Text key={at} size="sm" c="dimmed">
          {noticed(each)}
        </Text>
      ))}
      {error !== null && <Failed error={error} />}
      <Collapse expanded={isOpen}>
        <Code block mt="xs" tabIndex={0} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {JSON.stringify(post.as_received, null, 2)}
        </Code>
      </Collapse>
    </Card>
  );
}
