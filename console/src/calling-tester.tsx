/** Whether somebody somewhere may be called at a time of theirs, and by which rule. */
import { Alert, Button, Card, Group, Select, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { call, now, Problem } from "./api";
import type { CallingHours } from "./api-types";
import { dateTime, state as stateName, STATES, when } from "./format";
import { Icon } from "./icons";
import { Failed } from "./states";
import { clock, dayName, DAYS, nextThere, type Day } from "./week";
import { reasonWords } from "./words";

const NOW = "now";

export function Tester({ ruleName }: { ruleName: (id: string) => string }) {
  const [state, setState] = useState<string | null>(null);
  const [code, setCode] = useState("");
  const [phone, setPhone] = useState("");
  const [day, setDay] = useState<string>(NOW);
  const [time, setTime] = useState("09:00");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [told, setTold] = useState<CallingHours | null>(null);
  const at = (field: string) => (error instanceof Problem ? error.at(field) : undefined);
  const isAtFields = error instanceof Problem && error.fields.length > 0 && error.fields.every((each) => ["state", "postal_code", "phone"].includes(each.field));

  const ask = async () => {
    setBusy(true);
    setError(null);
    try {
      const query = { state: state ?? undefined, postal_code: code.trim() || undefined, phone: phone.trim() || undefined };
      const present = await call("GET /v1/calling-hours", { query });
      const zone = present.windows?.[0]?.timezone;
      const asked = day === NOW || !zone ? present : await call("GET /v1/calling-hours", { query: { ...query, at: nextThere(day as Day, time, zone, now()).toISOString().replace(/\.\d+Z$/, "Z") } });
      setTold(asked);
    } catch (failure) {
      setError(failure);
      setTold(null);
    }
    setBusy(false);
  };

  return (
    <Card withBorder component="section" aria-label="May somebody be called?">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void ask();
        }}
      >
        <Text fw={600} mb="xs">
          May somebody be called?
        </Text>
        <Group align="flex-start" gap="sm">
          <Select flex="2 1 11rem" label="State" placeholder="Any" searchable clearable value={state} onChange={setState} data={Object.entries(STATES).map(([value, label]) => ({ value, label }))} error={at("state")} nothingFoundMessage="No state is called so" />
          <TextInput flex="1 1 7rem" label="Postal code" value={code} onChange={(event) => setCode(event.currentTarget.value)} error={at("postal_code")} />
          <TextInput flex="1 1 9rem" label="Phone" type="tel" value={phone} onChange={(event) => setPhone(event.currentTarget.value)} error={at("phone")} />
          <Select flex="1 1 8rem" label="Day" allowDeselect={false} value={day} onChange={(chosen) => setDay(chosen ?? NOW)} data={[{ value: NOW, label: "Now" }, ...DAYS.map((each) => ({ value: each, label: dayName(each) }))]} />
          {day !== NOW && <TextInput flex="1 1 8rem" type="time" label="Their time" value={time} onChange={(event) => setTime(event.currentTarget.value)} />}
        </Group>
        <Button type="submit" mt="sm" loading={busy} disabled={!(state || code.trim() || phone.trim()) || (day !== NOW && !time)}>
          Ask
        </Button>
      </form>
      {error !== null && !isAtFields && (
        <Stack mt="sm">
          <Failed error={error} />
        </Stack>
      )}
      {told && <Told told={told} ruleName={ruleName} />}
    </Card>
  );
}

function Told({ told, ruleName }: { told: CallingHours; ruleName: (id: string) => string }) {
  const isOpen = told.open === true;
  const zone = told.windows?.[0]?.timezone;
  return (
    <Alert mt="sm" variant="outline" role="status" color={isOpen ? "teal" : "red"} icon={<Icon name={isOpen ? "check" : "close"} />} title={isOpen ? "Yes, they may be called" : `No: ${reasonWords(told.reason ?? "")}`}>
      <Stack gap={4}>
        {told.changes_at && (
          <Text size="sm">
            {isOpen ? "until" : "from"} {dateTime(told.changes_at, zone)} their time ({when(told.changes_at)} here)
          </Text>
        )}
        {told.calls_per_24h && <Text size="sm">at most {told.calls_per_24h} calls in 24 hours</Text>}
        {(told.windows ?? []).map((each) => (
          <Text key={`${each.state}${each.timezone}`} size="sm">
            <b>{each.state ? stateName(each.state) : each.country}</b>, {each.timezone.replaceAll("_", " ")}: it is {dateTime(each.local_time, each.timezone)}; that day {each.window ? `${clock(each.window[0] ?? "")} to ${clock(each.window[1] ?? "")}` : "no calls"}
            {each.holiday && ` (${each.holiday})`}, by the rule {ruleName(each.rule)}
            {each.source && ` (${each.source})`}
          </Text>
        ))}
      </Stack>
    </Alert>
  );
}
