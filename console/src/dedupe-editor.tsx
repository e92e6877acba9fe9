/** D6: by what a person who comes again is known, and what happens then, in words. */
import { ActionIcon, Button, Group, MultiSelect, NumberInput, Paper, Select, Stack, Switch, Text } from "@mantine/core";
import type { DedupeBody, FieldBody } from "./api-types";
import { count, spelled } from "./format";
import { Icon } from "./icons";

/** What may be compared beside a kind's own fields, as a sentence names it. */
const COMPARED: readonly (readonly [string, string])[] = [
  ["email", "e-mail"],
  ["phone", "phone"],
  ["first_name", "first name"],
  ["last_name", "last name"],
  ["state", "state"],
  ["postal_code", "postal code"],
  ["source", "source"],
  ["channel", "channel"],
  ["campaign", "campaign"],
];
const USUAL: Required<DedupeBody> = { rules: [["email"], ["phone", "last_name"]], within_hours: 720, on_duplicate: "merge", merge_fields: "fill_blank" };
const MOST_RULES = 8;
const MOST_FIELDS = 6;

interface Props {
  dedupe: DedupeBody | null;
  fields: readonly FieldBody[];
  onChange: (dedupe: DedupeBody | null) => void;
  /** The server's message for a place such as `rules[0]`. */
  at: (field: string) => string | undefined;
}

export function DedupeEditor({ dedupe, fields, onChange, at }: Props) {
  const choices = [...COMPARED.map(([value, label]) => ({ value, label })), ...fields.map((each) => ({ value: `fields.${each.name}`, label: each.label || spelled(each.name) }))];
  const called = new Map(choices.map((each) => [each.value, each.label]));
  const found = dedupe === null ? null : { ...USUAL, ...dedupe };
  const change = (to: Partial<DedupeBody>) => found && onChange({ ...found, ...to });
  const message = (rule: number) => at(`rules[${rule}]`) ?? [...Array(MOST_FIELDS).keys()].map((each) => at(`rules[${rule}][${each}]`)).find(Boolean);
  return (
    <Stack gap="sm">
      <Switch
        size="md"
        label="Know people who come again"
        description="Without it everybody who comes is a lead of their own, however often"
        checked={found !== null}
        onChange={(event) => onChange(event.currentTarget.checked ? USUAL : null)}
      />
      {found && (
        <>
          {found.rules.map((rule, here) => (
            <Paper key={here} withBorder p="sm">
              <Group align="flex-end" gap="xs" wrap="nowrap">
                <MultiSelect
                  label={here === 0 ? "The same person has the same" : "or the same"}
                  flex={1}
                  miw={0}
                  searchable
                  hidePickedOptions
                  maxValues={MOST_FIELDS}
                  data={choices}
                  value={rule}
                  onChange={(next) => change({ rules: found.rules.with(here, next) })}
                  error={message(here)}
                />
                <ActionIcon variant="subtle" color="gray" size="lg" mb={2} disabled={found.rules.length === 1} aria-label={`Remove: ${alike(rule, called)}`} onClick={() => change({ rules: found.rules.toSpliced(here, 1) })}>
                  <Icon name="trash" />
                </ActionIcon>
              </Group>
            </Paper>
          ))}
          {found.rules.length < MOST_RULES && (
            <Button variant="subtle" size="compact-md" style={{ alignSelf: "flex-start" }} leftSection={<Icon name="plus" />} onClick={() => change({ rules: [...found.rules, []] })}>
              or by something else
            </Button>
          )}
          <Group align="flex-start" grow preventGrowOverflow={false}>
            <NumberInput
              label="Within so many days"
              description="Since they were last heard of"
              inputWrapperOrder={["label", "input", "description", "error"]}
              min={1 / 24}
              max={366}
              decimalScale={2}
              value={Math.round((found.within_hours / 24) * 100) / 100}
              onChange={(days) => days !== "" && change({ within_hours: Math.max(1, Math.round(Number(days) * 24)) })}
              error={at("within_hours")}
            />
            <Select
              label="Who comes again"
              allowDeselect={false}
              value={found.on_duplicate}
              onChange={(on) => change({ on_duplicate: on as DedupeBody["on_duplicate"] })}
              data={[
                { value: "merge", label: "is added to the lead there is" },
                { value: "link", label: "is a lead of its own, linked" },
              ]}
              error={at("on_duplicate")}
            />
            {found.on_duplicate === "merge" && (
              <Select
                label="What they say now"
                allowDeselect={false}
                value={found.merge_fields}
                onChange={(fills) => change({ merge_fields: fills as DedupeBody["merge_fields"] })}
                data={[
                  { value: "fill_blank", label: "fills what is blank" },
                  { value: "overwrite", label: "goes before what was said" },
                ]}
                error={at("merge_fields")}
              />
            )}
          </Group>
          <Text role="note" aria-label="What happens">
            {happens(found, called)}
          </Text>
        </>
      )}
      {at("rules") && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {at("rules")}
        </Text>
      )}
    </Stack>
  );
}

/** "the same phone and last name". */
function alike(rule: readonly string[], called: ReadonlyMap<string, string>): string {
  const names = rule.map((each) => called.get(each) ?? spelled(each.replace(/^fields\./, "")));
  return names.length === 0 ? "nothing chosen yet" : `the same ${new Intl.ListFormat("en").format(names)}`;
}

/** What becomes of a person that comes again. */
function happens({ rules, within_hours, on_duplicate, merge_fields }: Required<DedupeBody>, called: ReadonlyMap<string, string>): string {
  const known = rules.filter((each) => each.length > 0).map((each) => alike(each, called));
  const days = within_hours % 24 === 0 ? count(within_hours / 24, "day") : count(within_hours, "hour");
  const then =
    on_duplicate === "link"
      ? "is a lead of its own, which goes its way; each shows the other."
      : `is no second lead: the one there is says that they came again, and ${merge_fields === "overwrite" ? "takes over what they say now" : "what was blank in it is filled"}. Whoever has it keeps it and is told; what nobody has comes up again, also when it was closed. If it was sold, they are a new lead, linked to it; if they asked not to be called, it stays closed.`;
  return `Somebody with ${known.join(", or with ") || "nothing chosen yet"}, within ${days} of when they were last heard of, ${then}`;
}
