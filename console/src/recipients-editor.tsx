/** Who gets the leads of a strategy: by which weight, up to which limits, what they got today and what stops them. */
import { ActionIcon, Button, Group, NumberInput, Paper, Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import { AccountSelect } from "./account-select";
import type { RecipientBody, State } from "./api-types";
import { count } from "./format";
import { Icon } from "./icons";
import { useList } from "./reads";
import { share } from "./strategies";
import { reasonWords } from "./words";

const AT_ONCE = 50;

interface Props {
  from: string;
  /** Without weights everybody is next in their turn. */
  isWeighted: boolean;
  recipients: RecipientBody[];
  /** Where the stored strategy stands; none of one that is not stored yet. */
  state: State | undefined;
  onChange: (recipients: RecipientBody[]) => void;
  at: (field: string) => string | undefined;
}

export function RecipientsEditor({ from, isWeighted, recipients, state, onChange, at }: Props) {
  const [shown, setShown] = useState(AT_ONCE);
  const accounts = useList("GET /v1/accounts", {}, { background: true, keep: true, fresh: 60_000 });
  const known = new Map(accounts.data?.map((each) => [each.id, each]));
  const put = (index: number, next: Partial<RecipientBody>) => onChange(recipients.with(index, { ...(recipients[index] as RecipientBody), ...next }));
  const swap = (index: number, other: number) => {
    const [one, two] = [recipients[index], recipients[other]];
    if (one && two) onChange(recipients.with(index, two).with(other, one));
  };
  return (
    <Stack gap="xs">
      {recipients.slice(0, shown).map((each, index) => {
        const found = known.get(each.account);
        const name = found?.name ?? each.account;
        const now = state?.recipients.find((one) => one.account === each.account);
        return (
          <Paper key={each.account} withBorder p="sm" role="group" aria-label={name}>
            <Group justify="space-between" wrap="nowrap" align="flex-start">
              <div style={{ minWidth: 0 }}>
                <Text fw={600}>
                  {name}
                  {isWeighted && <Text span fw={400} c="dimmed">{` ${share(each.weight, recipients)} of the leads`}</Text>}
                </Text>
                {now && <Today now={now} />}
                {at(`recipients[${index}].account`) && <Text size="sm" c="var(--mantine-color-error)">{at(`recipients[${index}].account`)}</Text>}
              </div>
              <Group gap={0} wrap="nowrap">
                <ActionIcon variant="subtle" color="gray" size="lg" disabled={index === 0} onClick={() => swap(index, index - 1)} aria-label={`${name} up`}>
                  <span style={{ display: "inline-flex", transform: "rotate(-90deg)" }}><Icon name="forward" /></span>
                </ActionIcon>
                <ActionIcon variant="subtle" color="gray" size="lg" disabled={index === recipients.length - 1} onClick={() => swap(index, index + 1)} aria-label={`${name} down`}>
                  <span style={{ display: "inline-flex", transform: "rotate(90deg)" }}><Icon name="forward" /></span>
                </ActionIcon>
                <ActionIcon variant="subtle" color="gray" size="lg" onClick={() => onChange(recipients.toSpliced(index, 1))} aria-label={`Remove ${name}`}>
                  <Icon name="trash" />
                </ActionIcon>
              </Group>
            </Group>
            <Group gap="xs" mt="xs" align="flex-start">
              {isWeighted && <Amount label="Weight" value={each.weight} error={at(`recipients[${index}].weight`)} onChange={(weight) => put(index, { weight })} />}
              <Amount label="Limit an hour" value={each.hourly_limit} placeholder="none" error={at(`recipients[${index}].hourly_limit`)} onChange={(hourly_limit) => put(index, { hourly_limit })} />
              <Amount label="Limit a day" value={each.daily_limit} placeholder="none" error={at(`recipients[${index}].daily_limit`)} onChange={(daily_limit) => put(index, { daily_limit })} />
            </Group>
            {found?.kind === "branch" && (
              <Switch mt="xs" checked={each.hold_at_branch ?? false} onChange={(event) => put(index, { hold_at_branch: event.currentTarget.checked })} label="Takes leads even when nobody in it can, and keeps them" />
            )}
          </Paper>
        );
      })}
      {recipients.length > shown && (
        <Button variant="default" onClick={() => setShown(shown + AT_ONCE)}>
          More
        </Button>
      )}
      <AccountSelect
        label="Add a recipient"
        placeholder="A user or a branch"
        kinds={["user", "branch"]}
        below={from}
        without={recipients.map((each) => each.account)}
        value={null}
        error={at("recipients")}
        onChange={(account) => account && onChange([...recipients, { account, weight: isWeighted ? 1 : null, hourly_limit: null, daily_limit: null, hold_at_branch: false }])}
      />
    </Stack>
  );
}

function Today({ now }: { now: State["recipients"][number] }) {
  return (
    <Group gap={6}>
      <Text size="sm" c="dimmed">
        {count(now.day, "lead")} today, {now.hour} this hour{now.owed >= 1 && `, ${count(Math.round(now.owed), "lead")} behind`}
      </Text>
      <Able recipient={now} />
    </Group>
  );
}

/** Whether a recipient can take a lead now, and what stops them. */
export function Able({ recipient }: { recipient: State["recipients"][number] }) {
  return (
    <Group gap={4} wrap="nowrap" c={recipient.eligible ? "green" : "orange"}>
      <Icon name={recipient.eligible ? "check" : "held"} size={16} />
      <Text size="sm" fw={600} c="var(--mantine-color-text)">
        {reasonWords(recipient.reason)}
      </Text>
    </Group>
  );
}

export function Amount({ label, value, onChange, placeholder, description, error, min = 0 }: { label: string; value: number | null | undefined; onChange: (value: number | null) => void; placeholder?: string; description?: string; error?: string; min?: number }) {
  return (
    <NumberInput label={label} description={description} placeholder={placeholder} w={description ? undefined : 125} min={min} max={999_999} allowDecimal={false} allowNegative={false} value={value ?? ""} onChange={(next) => onChange(next === "" ? null : Number(next))} error={error} />
  );
}
