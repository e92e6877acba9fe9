/** When somebody leaves: first they get no more leads, then each lead of theirs goes to somebody else. */
import { Button, Card, Progress, SegmentedControl, Stack, Stepper, Text, Title } from "@mantine/core";
import { useState } from "react";
import { AccountSelect } from "./account-select";
import { call, Problem } from "./api";
import type { AccountResource, Counts } from "./api-types";
import { count } from "./format";
import { useRead } from "./reads";
import { bodyOf, NotSaved, useSave } from "./save";
import { Failed, Shown } from "./states";
import { statusWords } from "./words";

/** Seconds after which what is left is counted again. */
const EVERY = 2;
/** What nobody works on any more stays where it was. */
const DONE = "closed";

/** What the account has that is not done with, by status. */
function openOf(counts: Counts, account: string): [string, number][] {
  const found = counts.items.find((each) => each.account === account)?.counts ?? {};
  return Object.entries(found).filter(([status, leads]) => status !== DONE && leads > 0);
}

export function Leaver({ account, mayChange }: { account: AccountResource; mayChange: boolean }) {
  const saving = useSave("accounts");
  const [asked, setAsked] = useState<{ leads: number } | null>(null);
  const counts = useRead("GET /v1/counts", { query: { below: account.id } }, asked ? { every: EVERY } : { fresh: 0 });
  const open = counts.data ? openOf(counts.data, account.id) : [];
  const left = open.reduce((sum, [, leads]) => sum + leads, 0);
  const isOff = !account.enabled;
  const step = !isOff ? 0 : asked === null ? 1 : 2;
  return (
    <Card withBorder component="section">
      <Title order={2} size="h4" mb="xs">
        When they leave
      </Title>
      <Shown query={counts} skeleton={<Text c="dimmed">Counting their leads…</Text>}>
        {() => (
          <Text size="sm" mb="sm">
            {left === 0 ? "No open lead is theirs." : `${count(left, "open lead")}: ${open.map(([status, leads]) => `${leads.toLocaleString()} ${statusWords(status)}`).join(", ")}.`}
          </Text>
        )}
      </Shown>
      <Stepper active={step} orientation="vertical" size="sm" aria-label="When they leave">
        <Stepper.Step label="No more leads for them" description={isOff ? "Done" : "Until they are back, too"}>
          {mayChange ? (
            <Stack gap="xs" align="flex-start">
              <Button variant="default" loading={saving.busy} onClick={() => void saving.save({ ...bodyOf(account), enabled: false }, account.version)}>
                Switch {account.name} off
              </Button>
              <NotSaved saving={saving} fields={[]} onTake={saving.forget} onSaved={saving.forget} />
            </Stack>
          ) : (
            <Text size="sm">An administrator switches them off.</Text>
          )}
        </Stepper.Step>
        <Stepper.Step label="Their leads go to others">
          <Give account={account} left={left} onAsked={(leads) => setAsked({ leads })} />
        </Stepper.Step>
        <Stepper.Step label="Nothing is theirs">
          {asked && (
            <div role="status">
              <Progress value={100 * (1 - left / Math.max(asked.leads, left, 1))} aria-label="Given to others" mb={4} />
              <Text size="sm">{left === 0 ? "Every lead of theirs is with somebody else." : `${count(left, "lead")} to go. It goes on when you leave this page.`}</Text>
            </div>
          )}
        </Stepper.Step>
      </Stepper>
    </Card>
  );
}

function Give({ account, left, onAsked }: { account: AccountResource; left: number; onAsked: (leads: number) => void }) {
  const [how, setHow] = useState("distribute");
  const [to, setTo] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const give = async () => {
    setBusy(true);
    setError(null);
    try {
      const body = how === "distribute" ? { distribute: true } : { to };
      const { leads } = await call("POST /v1/accounts/{id}/reassign", { path: { id: account.id }, key: crypto.randomUUID(), body });
      onAsked(leads);
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <Stack gap="xs">
      <SegmentedControl
        fullWidth
        aria-label="To whom"
        value={how}
        onChange={setHow}
        data={[
          { value: "distribute", label: "By the strategies" },
          { value: "one", label: "To one" },
        ]}
      />
      {how === "one" && <AccountSelect label="To" value={to} onChange={setTo} error={error instanceof Problem ? error.at("to") : undefined} />}
      {error !== null && <Failed error={error} />}
      <Button loading={busy} disabled={how === "one" && to === null} onClick={() => void give()}>
        Give {left === 0 ? "whatever is theirs" : count(left, "lead")} to others
      </Button>
    </Stack>
  );
}
