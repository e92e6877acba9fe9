/** P1: the next lead, and everything for it without leaving the page. */
import { Alert, Button, Container, Group, List, Progress, Stack, Text, Title } from "@mantine/core";
import { useCallback, useEffect, useRef, useState } from "react";
import { Link } from "react-router";
import { call, isPassing, now, Problem } from "../api";
import type { Nothing } from "../api-types";
import { countdown, spelled, when } from "../format";
import { Icon } from "../icons";
import { findInHand, putAway, take, useInHand, type InHand } from "../in-hand";
import { LeadCard } from "../lead-card";
import { isWaiting, send, useOutbox } from "../outbox";
import { patiently } from "../patience";
import { useReadAgain } from "../reads";
import { Failed, Rows, useOnline } from "../states";
import { useNow } from "../ticking";
import { pulledWords, reasonWords } from "../words";

const KEEPS_LONGER_BELOW_MS = 3 * 60_000;

export default function Next() {
  const inHand = useInHand();
  const [nothing, setNothing] = useState<Nothing | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const again = useReadAgain();
  useEffect(() => void findInHand(), []);

  const pull = useCallback(async () => {
    setBusy(true);
    setError(null);
    setNothing(null);
    try {
      // While something waits, the lead that it is about is still held, and would be answered again.
      if (isWaiting()) await send();
      const key = crypto.randomUUID();
      const found = await patiently(() => call("POST /v1/pull", { body: {}, key }));
      if (found.lead === null) setNothing(found);
      else await take({ lead: found.lead, lease: found.lease, reason: found.reason, since: now() });
      void again("GET /v1/me");
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  }, [again]);

  const done = async (next: boolean) => {
    await putAway();
    window.scrollTo(0, 0);
    if (next) await pull();
  };

  return (
    <Container size="xs" p={0}>
      {inHand === undefined ? (
        <Rows />
      ) : inHand ? (
        <LeadCard key={inHand.lead.id} lead={inHand.lead} lease={inHand.lease} why={reason(inHand)} onDone={(next) => void done(next)}>
          <Time inHand={inHand} onPutAway={() => void done(false)} />
        </LeadCard>
      ) : (
        <Free nothing={nothing} busy={busy} error={error} onPull={() => void pull()} />
      )}
    </Container>
  );
}

function reason({ reason }: InHand): string {
  if (!reason) return "";
  return [pulledWords(reason.why), reason.strategy && spelled(reason.strategy)].filter(Boolean).join(" · ");
}

/** How long it is still theirs, to an instant of the server's: right after a pause, and with a wrong clock. */
function Time({ inHand, onPutAway }: { inHand: InHand; onPutAway: () => void }) {
  const at = useNow();
  const online = useOnline();
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  const end = Date.parse(inHand.lease.expires_at);
  const length = Math.max(1, end - inHand.since);
  // The end is rounded up to a whole second: never more than all of it.
  const left = Math.min(end - at, length);

  const longer = async () => {
    setBusy(true);
    try {
      const { lease } = await call("POST /v1/leads/{id}/lease", { path: { id: inHand.lead.id }, body: { lease_token: inHand.lease.token }, key: crypto.randomUUID() });
      await take({ ...inHand, lease, since: now() });
      setRefusal(null);
    } catch (error) {
      setRefusal(error instanceof Error ? error.message : String(error));
    }
    setBusy(false);
  };

  if (left <= 0)
    return (
      <Alert color="red" variant="outline" icon={<Icon name="held" />} title="The time is up">
        <Text size="sm">Somebody else may pull this lead now. What you record still counts until they do.</Text>
        <Button mt="xs" variant="default" onClick={onPutAway}>
          Put it away
        </Button>
      </Alert>
    );
  return (
    <Stack gap={4}>
      <Group justify="space-between" wrap="nowrap">
        <Text size="sm" role="timer" aria-live="off" className="figures">
          Yours for {countdown(left)}
        </Text>
        {left < KEEPS_LONGER_BELOW_MS && (
          <Button size="compact-md" variant="default" disabled={!online} loading={busy} onClick={() => void longer()}>
            Keep longer
          </Button>
        )}
      </Group>
      <Progress value={(left / length) * 100} color={left < KEEPS_LONGER_BELOW_MS ? "orange" : "blue"} aria-label="Time that is left" />
      {refusal && <Text size="sm">{refusal}</Text>}
    </Stack>
  );
}

function Free({ nothing, busy, error, onPull }: { nothing: Nothing | null; busy: boolean; error: unknown; onPull: () => void }) {
  const online = useOnline();
  const waiting = useOutbox().filter((each) => !each.refused).length;
  return (
    <Stack gap="md" mt="xl">
      <Title order={1} size="h2" ta="center">
        {nothing ? "Nothing to pull now" : "Ready for the next lead?"}
      </Title>
      {nothing && <Why nothing={nothing} onPull={onPull} />}
      {error !== null && <Failed error={error} again={isPassing(error) || error instanceof Problem ? onPull : undefined} />}
      <Button size="xl" h={72} fullWidth loading={busy} disabled={!online} onClick={onPull}>
        Next lead
      </Button>
      {!online && (
        <Text ta="center" c="dimmed">
          The next lead needs the network.
        </Text>
      )}
      {waiting > 0 && (
        <Text ta="center" c="dimmed">
          {waiting} recorded here, not sent yet.
        </Text>
      )}
      <Text ta="center">
        <Link to="/mine" style={{ color: "var(--mantine-color-anchor)" }}>
          Callbacks and leads that are yours
        </Link>
      </Text>
    </Stack>
  );
}

/** Why there is none, with counts and times; and, if they like, the pull by itself when the first may be had. */
function Why({ nothing, onPull }: { nothing: Nothing; onPull: () => void }) {
  const [tells, setTells] = useState(false);
  const pull = useRef(onPull);
  pull.current = onPull;
  const at = nothing.retry_at ? Date.parse(nothing.retry_at) : null;
  useEffect(() => {
    if (!tells || at === null) return;
    const timer = window.setTimeout(() => {
      navigator.vibrate?.(300);
      pull.current();
    }, Math.max(1000, at - now()));
    return () => window.clearTimeout(timer);
  }, [tells, at]);
  return (
    <Stack gap="xs">
      {nothing.why.length === 0 ? (
        <Text ta="center">No lead waits.</Text>
      ) : (
        <List spacing={4}>
          {nothing.why.map((each) => (
            <List.Item key={each.reason}>
              {each.count > 0 && `${each.count}${each.more ? " or more" : ""} `}
              {reasonWords(each.reason)}
              {each.until && `, the first ${each.count > 0 ? "" : "again "}at ${when(each.until)}`}
            </List.Item>
          ))}
        </List>
      )}
      {at !== null && (
        <Button variant="default" fullWidth onClick={() => setTells(!tells)} aria-pressed={tells}>
          {tells ? `Waiting until ${when(at)}. Stop` : `Pull by itself at ${when(at)}`}
        </Button>
      )}
    </Stack>
  );
}
