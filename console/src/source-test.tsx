/** D7: a lead that is made up, sent as the source's senders do: what they are answered, and where it would go. */
import { Alert, Button, Card, Code, JsonInput, Stack, Text, Title } from "@mantine/core";
import { useState } from "react";
import { call, Problem } from "./api";
import type { Explanation, SourceResource, Warned } from "./api-types";
import { Criteria, FilingTree, PushTree, type Filing, type Push, type Tried } from "./decision";
import { noticed } from "./format";
import { Icon } from "./icons";
import { useRead, useReadAgain } from "./reads";
import { Failed } from "./states";
import { labelsOf } from "./strategies";
import { noLeadWords } from "./words";

const SAMPLE = { first_name: "Maya", last_name: "Test", phone: "303-555-0142", email: "maya@example.com", state: "CO" };

/** What a test key is answered in our own JSON. */
interface Tested {
  status: string;
  reason?: string;
  duplicate?: boolean;
  warnings?: Warned[];
  explanation?: Partial<Omit<Explanation, "criteria">> & { criteria?: Tried[] };
}

export default function Try({ source }: { source: SourceResource }) {
  const type = useRead("GET /v1/record-types/{id}", { path: { id: source.record_type } }, { background: true, fresh: 60_000 });
  const again = useReadAgain();
  const [post, setPost] = useState(JSON.stringify(SAMPLE, null, 2));
  const [busy, setBusy] = useState(false);
  const [found, setFound] = useState<unknown>(null);
  const [error, setError] = useState<unknown>(null);
  const [left, setLeft] = useState<string | null>(null);
  const said = parsed(post);
  /** A key for this once: it is revoked whatever the answer. */
  const withOne = async () => {
    const made = await call("POST /v1/sources/{id}/keys", { path: { id: source.id }, body: { test: true } });
    try {
      setFound(await call("POST /v1/intake/{source}", { path: { source: source.id }, sourceKey: made.api_key, body: said as never }));
    } finally {
      await call("DELETE /v1/sources/{id}/keys/{key_id}", { path: { id: source.id, key_id: made.key_id } }).catch(() => setLeft(made.key_id));
      void again("GET /v1/sources/{id}/keys");
    }
  };
  const send = async () => {
    setBusy(true);
    setError(null);
    setFound(null);
    setLeft(null);
    try {
      await withOne();
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <Stack maw={820}>
      <Text c="dimmed">It is sent as any of the source&apos;s posts, checked and answered. No lead is made, nothing is counted, and nobody is called.</Text>
      <Card withBorder>
        <Stack gap="sm">
          <JsonInput label="What is sent" autosize minRows={4} maxRows={20} spellCheck={false} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} value={post} onChange={setPost} error={said === null ? "This is no JSON object: a brace, a comma or a quotation mark is missing." : undefined} />
          <Text size="sm" c="dimmed">
            A key for trying is made for it, used once, and revoked.
          </Text>
          <Button style={{ alignSelf: "flex-start" }} loading={busy} disabled={said === null} onClick={() => void send()}>
            Send it
          </Button>
        </Stack>
      </Card>
      {left && (
        <Alert color="orange" variant="outline" role="alert" icon={<Icon name="warning" />} title={`The key ${left} is still there`}>
          It could not be revoked. Revoke it under Keys.
        </Alert>
      )}
      {error instanceof Problem && error.fields.length > 0 ? <Unusable error={error} /> : error !== null && <Failed error={error} />}
      {found !== null && <Told found={found} labels={labelsOf(type.data)} />}
    </Stack>
  );
}

function parsed(text: string): Record<string, unknown> | null {
  try {
    const found: unknown = JSON.parse(text);
    return found !== null && typeof found === "object" && !Array.isArray(found) ? (found as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function Unusable({ error }: { error: Problem }) {
  return (
    <Card withBorder component="section" role="status">
      <Title order={2} size="h4">
        It could not be used
      </Title>
      <Text>{error.message}</Text>
      {error.fields.map((each, at) => (
        <Text key={at} size="sm" c="dimmed">
          {noticed(each)}
        </Text>
      ))}
    </Card>
  );
}

function headline({ status, reason, duplicate }: Tested): string {
  if (status === "refused") return `It would be refused: ${noLeadWords(reason ?? "")}`;
  if (duplicate) return "It would repeat a lead that is there";
  return status === "closed" ? "It would become a lead, closed at once: its phone is on the do-not-call list" : "It would become a lead";
}

function Told({ found, labels }: { found: unknown; labels: ReadonlyMap<string, string> }) {
  const ours = found !== null && typeof found === "object" && "status" in found ? (found as Tested) : null;
  const { push, pull, criteria } = ours?.explanation ?? {};
  const warnings = ours?.warnings ?? [];
  const { explanation: _, ...answer } = (ours ?? {}) as Tested & Record<string, unknown>;
  return (
    <Card withBorder component="section" role="status">
      <Stack gap="md">
        {ours && (
          <Title order={2} size="h4">
            {headline(ours)}
          </Title>
        )}
        {warnings.length > 0 && (
          <div>
            <Text fw={600}>Its sender is warned</Text>
            {warnings.map((each, at) => (
              <Text key={at} size="sm">
                {noticed(each)}
              </Text>
            ))}
          </div>
        )}
        {criteria && criteria.length > 0 && (
          <div>
            <Text fw={600}>What the source takes</Text>
            <Criteria tried={criteria} labels={labels} />
          </div>
        )}
        {push && <PushTree decision={push as unknown as Push} labels={labels} />}
        {pull && <FilingTree filing={pull as unknown as Filing} labels={labels} />}
        <div>
          <Text fw={600} mb={4}>
            What the sender is answered
          </Text>
          <Code block tabIndex={0} style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
            {ours ? JSON.stringify(answer, null, 2) : typeof found === "string" ? found : JSON.stringify(found, null, 2)}
          </Code>
        </div>
      </Stack>
    </Card>
  );
}
