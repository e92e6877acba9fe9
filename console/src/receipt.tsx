/** Somebody who came again was merged into this lead. Where it was somebody else, they become a lead of their own. */
import { Anchor, Button, Code } from "@mantine/core";
import { useState } from "react";
import { Link } from "react-router";
import { useAct } from "./act";
import { call, now } from "./api";
import type { Lead } from "./api-types";
import { name } from "./format";
import Sure from "./sure";
import type { Told } from "./timeline";

/** For which the server can take a merge apart. */
const RELEASABLE_MS = 30 * 24 * 60 * 60_000;

/** all: what the timeline shows, in which everything stands that came after the event. */
export function Receipt({ lead, event, all }: { lead: Lead; event: Told; all: readonly Told[] }) {
  const { receipt } = event;
  if (lead.erased || typeof receipt !== "string") return null;
  const isReleased = event.effect === "new_lead" || all.some((each) => each.event === "receipt_released" && each.receipt === receipt);
  if (isReleased)
    return (
      <Anchor component={Link} to={`/leads/${receipt}`} size="sm">
        The lead that came of it
      </Anchor>
    );
  return Date.parse(event.at) + RELEASABLE_MS > now() ? <Release lead={lead} receipt={receipt} came={event.as_received} /> : null;
}

function Release({ lead, receipt, came }: { lead: Lead; receipt: string; came: unknown }) {
  const [asks, setAsks] = useState(false);
  const [busy, act] = useAct("It was not made a lead", "GET /v1/leads/{id}/timeline", "GET /v1/leads");
  const release = () =>
    act(async () => {
      await call("POST /v1/leads/{id}/receipts/{receipt}/release", { path: { id: lead.id, receipt }, key: `release-${receipt}` });
      setAsks(false);
    });
  return (
    <>
      <Button variant="default" size="compact-md" mt={4} onClick={() => setAsks(true)}>
        Make it a lead of its own
      </Button>
      <Sure opened={asks} title="Somebody else?" act="Make it a lead" busy={busy} onClose={() => setAsks(false)} onSure={() => void release()}>
        What came is made a lead of its own, and goes its way as a new one does. What {name(lead)} has gained by it stays there until it is edited.
        <Code block mt="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {JSON.stringify(came, null, 2)}
        </Code>
      </Sure>
    </>
  );
}
