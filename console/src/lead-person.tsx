/** What an administrator does for a person who asks: all that is kept of them, or nothing any more. */
import { Button, Card, Stack, Title } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useState } from "react";
import { useAct } from "./act";
import { all, call } from "./api";
import type { Answer } from "./api";
import type { Lead } from "./api-types";
import { name, phone } from "./format";
import { forget, forgetAnswers } from "./kept";
import { accountOf, useMe } from "./reads";
import { saveAs } from "./save-as";
import Sure from "./sure";

const PAGE = 200;

/** person: an e-mail or a phone. All pages as one. */
async function keptOf(person: string): Promise<Blob> {
  let about: Partial<Answer<"GET /v1/people/{person}/export">> = {};
  const items = await all(async (cursor) => {
    about = await call("GET /v1/people/{person}/export", { path: { person }, query: { limit: PAGE, cursor } });
    return { items: about.items ?? [], next: about.next ?? null };
  });
  const { next: _, ...said } = about;
  return new Blob([JSON.stringify({ ...said, items }, null, 2)], { type: "application/json" });
}

export function Person({ lead }: { lead: Lead }) {
  const me = useMe();
  if (lead.erased || me.data === undefined || accountOf(me.data).role !== "admin") return null;
  const contacts = [...lead.emails.map(({ value }) => ({ value, shown: value })), ...lead.phones.map(({ value }) => ({ value, shown: phone(value) }))];
  return (
    <Card withBorder component="section">
      <Title order={2} size="h4" mb="xs">
        When they ask for their data
      </Title>
      <Stack gap="xs">
        {contacts.map((each) => (
          <Save key={each.value} {...each} lead={lead.id} />
        ))}
        <Erase lead={lead} />
      </Stack>
    </Card>
  );
}

const WHOLE = { root: { height: "auto", minHeight: 36, paddingBlock: 6 }, label: { whiteSpace: "normal" } } as const;

function Save({ value, shown, lead }: { value: string; shown: string; lead: string }) {
  const [busy, act] = useAct("It was not saved");
  return (
    <Button variant="default" loading={busy} styles={WHOLE} onClick={() => void act(async () => saveAs(await keptOf(value), `person-of-${lead}.json`))}>
      Save what is kept of {shown}
    </Button>
  );
}

function Erase({ lead }: { lead: Lead }) {
  const [asks, setAsks] = useState(false);
  const [busy, act] = useAct("The person was not erased", "GET /v1/leads/{id}", "GET /v1/leads/{id}/timeline", "GET /v1/leads");
  const erase = () =>
    act(async () => {
      await call("POST /v1/leads/{id}/erase", { path: { id: lead.id }, key: crypto.randomUUID() });
      await Promise.all([forgetAnswers(), forget(`draft/${lead.id}`)]);
      setAsks(false);
      notifications.show({ color: "green", message: "The person was erased" });
    });
  return (
    <>
      <Button variant="outline" color="red" onClick={() => setAsks(true)}>
        Erase this person…
      </Button>
      <Sure opened={asks} title={`Erase ${name(lead)}?`} act="Erase" forGood busy={busy} onClose={() => setAsks(false)} onSure={() => void erase()}>
        Names, phones, e-mails, place, every field and note go, and the lead is closed; callbacks and appointments go too. What stays: that there was a lead, from where, at what cost, whose, and what was done when. A number that is not to be called stays so. This cannot be undone.
        Other leads of this person are erased one by one.
      </Sure>
    </>
  );
}
