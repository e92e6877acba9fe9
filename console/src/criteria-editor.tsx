/** Criteria as sentences that are put together: a field, what is asked of it, and a value of its kind. */
import { ActionIcon, Button, Group, MultiSelect, NumberInput, Paper, Select, Stack, TagsInput, Text, Textarea, TextInput } from "@mantine/core";
import type { CriterionBody } from "./api-types";
import { Icon } from "./icons";
import { operatorsOf, type FieldOf } from "./lead-fields";
import { entryWords, type Entry } from "./strategies";

const LISTS = new Set(["in", "not_in"]);
const AGES = new Set(["within_last", "older_than"]);
const NONE = new Set(["is_empty", "is_not_empty"]);
/** Values beyond which a list is typed one a line: so many tags are slow. */
const MOST_TAGS = 100;

interface Props {
  criteria: Entry[];
  fields: FieldOf[];
  labels: ReadonlyMap<string, string>;
  onChange: (criteria: Entry[]) => void;
  /** The server's message for a place such as `criteria[0].value`. */
  at: (field: string) => string | undefined;
}

export function CriteriaEditor({ criteria, fields, labels, onChange, at }: Props) {
  const alternatives = (entry: Entry) => ("any" in entry ? entry.any : [entry]);
  const put = (index: number, all: CriterionBody[]) => {
    const entry: Entry[] = all.length === 0 ? [] : all.length === 1 ? [all[0] as CriterionBody] : [{ any: all }];
    onChange([...criteria.slice(0, index), ...entry, ...criteria.slice(index + 1)]);
  };
  const fresh = (): CriterionBody => ({ field: fields[0]?.name ?? "state", operator: "in", value: null });
  return (
    <Stack gap="xs">
      {criteria.length === 0 && <Text c="dimmed">Every lead. Add a criterion to take only some.</Text>}
      {criteria.map((entry, index) => (
        <Paper key={index} withBorder p="sm" role="group" aria-label={`Criterion ${index + 1}`}>
          <Stack gap="xs">
            {index > 0 && <Text size="sm" fw={600}>and</Text>}
            {alternatives(entry).map((one, inner, all) => {
              const path = "any" in entry ? `criteria[${index}].any[${inner}]` : `criteria[${index}]`;
              return (
                <Stack key={inner} gap={4}>
                  {inner > 0 && <Text size="sm" fw={600}>or</Text>}
                  <One criterion={one} fields={fields} at={(name) => at(`${path}.${name}`)} onChange={(next) => put(index, all.with(inner, next))} onRemove={() => put(index, all.toSpliced(inner, 1))} />
                </Stack>
              );
            })}
            <Group justify="space-between" gap="xs">
              <Text size="sm" c="dimmed">{alternatives(entry).every(isWhole) ? entryWords(entry, labels) : "Not filled in yet"}</Text>
              <Button variant="subtle" size="compact-sm" onClick={() => put(index, [...alternatives(entry), fresh()])}>
                or…
              </Button>
            </Group>
          </Stack>
        </Paper>
      ))}
      <Button variant="default" leftSection={<Icon name="plus" />} onClick={() => onChange([...criteria, fresh()])} style={{ alignSelf: "flex-start" }}>
        Add a criterion
      </Button>
    </Stack>
  );
}

function isWhole({ operator, value }: CriterionBody): boolean {
  return NONE.has(operator) || (Array.isArray(value) ? value.length > 0 && value.every((each) => each !== null && each !== "") : value !== null && value !== undefined && value !== "");
}

function One({ criterion, fields, onChange, onRemove, at }: { criterion: CriterionBody; fields: FieldOf[]; onChange: (next: CriterionBody) => void; onRemove: () => void; at: (name: string) => string | undefined }) {
  const field = fields.find((each) => each.name === criterion.field) ?? { name: criterion.field, label: criterion.field, kind: "text" as const, group: "Every lead" };
  const groups = [...new Set(fields.map((each) => each.group))].map((group) => ({ group, items: fields.filter((each) => each.group === group).map((each) => ({ value: each.name, label: each.label })) }));
  const operators = operatorsOf(field.kind);
  const asked = (operator: string): CriterionBody => {
    const isAlike = LISTS.has(operator) === LISTS.has(criterion.operator) && AGES.has(operator) === AGES.has(criterion.operator) && operator !== "between" && criterion.operator !== "between" && !NONE.has(operator);
    return { field: criterion.field, operator: operator as CriterionBody["operator"], value: isAlike ? criterion.value : AGES.has(operator) ? "PT24H" : operator === "between" ? [null, null] : null };
  };
  return (
    <Group align="flex-start" gap="xs" wrap="nowrap">
      <Group align="flex-start" gap="xs" style={{ flex: 1 }}>
        <Select aria-label="Field" searchable allowDeselect={false} w={{ base: "100%", xs: 180 }} data={groups} value={criterion.field} error={at("field")}
          onChange={(name) => {
            const next = fields.find((each) => each.name === name);
            if (next) onChange({ field: next.name, operator: (operatorsOf(next.kind)[0]?.value ?? "equals") as CriterionBody["operator"], value: next.kind === "date" || next.kind === "datetime" ? "PT24H" : null });
          }} />
        <Select aria-label="Is" allowDeselect={false} w={{ base: "100%", xs: 165 }} data={operators.some((each) => each.value === criterion.operator) ? operators : [...operators, { value: criterion.operator, label: criterion.operator }]} value={criterion.operator} error={at("operator")} onChange={(operator) => operator && onChange(asked(operator))} />
        <div style={{ flex: "1 1 200px", minWidth: 0 }}>
          <Value field={field} criterion={criterion} error={at("value") ?? inList(at)} onChange={(value) => onChange({ ...criterion, value })} />
        </div>
      </Group>
      <ActionIcon variant="subtle" color="gray" size="lg" onClick={onRemove} aria-label="Remove this criterion">
        <Icon name="trash" />
      </ActionIcon>
    </Group>
  );
}

/** The message of the first value of a list that is refused. */
function inList(at: (name: string) => string | undefined): string | undefined {
  for (let index = 0; index < MOST_TAGS; index++) {
    const found = at(`value[${index}]`);
    if (found) return `Value ${index + 1} ${found}`;
  }
  return undefined;
}

interface ValueProps {
  field: FieldOf;
  criterion: CriterionBody;
  error: string | undefined;
  onChange: (value: unknown) => void;
}

function Value({ field, criterion, error, onChange }: ValueProps) {
  const { operator, value } = criterion;
  if (NONE.has(operator)) return null;
  if (AGES.has(operator)) return <Age value={value} error={error} onChange={onChange} />;
  if (operator === "between") {
    const [low, high] = Array.isArray(value) ? value : [null, null];
    return (
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <Single field={field} label="From" value={low} error={error} onChange={(next) => onChange([next, high])} />
        <Single field={field} label="To" value={high} error={error && " "} onChange={(next) => onChange([low, next])} />
      </Group>
    );
  }
  return LISTS.has(operator) ? <Several field={field} value={Array.isArray(value) ? value : []} error={error} onChange={onChange} /> : <Single field={field} label="Value" value={value} error={error} onChange={onChange} />;
}

function Several({ field, value, error, onChange }: { field: FieldOf; value: unknown[]; error: string | undefined; onChange: (value: unknown[]) => void }) {
  const texts = value.map(String);
  const typed = (all: string[]) => onChange(field.kind === "number" ? all.map((each) => (each.trim() !== "" && Number.isFinite(Number(each)) ? Number(each) : each)) : all);
  if (field.choices && texts.every((each) => field.choices?.some((one) => one.value === each)))
    return <MultiSelect aria-label="Values" searchable data={field.choices} value={texts} onChange={onChange} error={error} placeholder={texts.length ? undefined : "Choose"} />;
  if (texts.length > MOST_TAGS)
    return <Textarea aria-label="Values, one a line" description={`${texts.length.toLocaleString()} values, one a line`} rows={6} defaultValue={texts.join("\n")} onBlur={(event) => typed(event.currentTarget.value.split(/[\n,]+/).map((each) => each.trim()).filter(Boolean))} error={error} />;
  return <TagsInput aria-label="Values" value={texts} onChange={typed} splitChars={[",", ";", "\n"]} acceptValueOnBlur error={error} placeholder={texts.length ? undefined : "Type a value and Enter"} />;
}

/** A value of a field, entered as its kind asks. */
export function Single({ field, label, value, error, onChange }: { field: FieldOf; label: string; value: unknown; error: string | undefined; onChange: (value: unknown) => void }) {
  const text = value === null || value === undefined ? "" : String(value);
  if (field.kind === "boolean")
    return <Select aria-label={label} allowDeselect={false} data={[{ value: "true", label: "yes" }, { value: "false", label: "no" }]} value={text || null} onChange={(next) => onChange(next === "true")} error={error} placeholder="Choose" />;
  if (field.kind === "number") return <NumberInput aria-label={label} value={typeof value === "number" ? value : text} onChange={(next) => onChange(next === "" ? null : next)} error={error} thousandSeparator hideControls />;
  if (field.kind === "date") return <TextInput aria-label={label} type="date" value={text} onChange={(event) => onChange(event.currentTarget.value)} error={error} />;
  if (field.kind === "datetime") return <TextInput aria-label={label} type="datetime-local" value={local(text)} onChange={(event) => onChange(event.currentTarget.value ? new Date(event.currentTarget.value).toISOString().slice(0, 19) + "Z" : null)} error={error} />;
  if (field.choices && (text === "" || field.choices.some((each) => each.value === text)))
    return <Select aria-label={label} searchable data={field.choices} value={text || null} onChange={onChange} error={error} placeholder="Choose" />;
  return <TextInput aria-label={label} value={text} onChange={(event) => onChange(event.currentTarget.value)} error={error} />;
}

/** An instant as an input of local time has it. */
function local(instant: string): string {
  const at = new Date(instant);
  if (Number.isNaN(at.getTime())) return "";
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const UNITS = { M: ["PT", "M", "minutes"], H: ["PT", "H", "hours"], D: ["P", "D", "days"] } as const;
type Unit = keyof typeof UNITS;

/** A length of time as a number and its unit; one of several parts is shown as it is. */
export function Age({ value, label = "Length of time", error, onChange }: { value: unknown; label?: string; error?: string; onChange: (value: string) => void }) {
  const found = /^P(?:(\d+)(D)|T(\d+)([HM]))$/.exec(String(value));
  if (!found && value) return <TextInput aria-label={label} value={String(value)} onChange={(event) => onChange(event.currentTarget.value)} error={error} />;
  const number = Number(found?.[1] ?? found?.[3] ?? 24);
  const unit = (found?.[2] ?? found?.[4] ?? "H") as Unit;
  const put = (size: number, of: Unit) => onChange(`${UNITS[of][0]}${size}${UNITS[of][1]}`);
  return (
    <Group gap="xs" wrap="nowrap" align="flex-start">
      <NumberInput aria-label={label} w={90} min={1} allowDecimal={false} allowNegative={false} value={number} onChange={(next) => put(Number(next) || 1, unit)} error={error} />
      <Select aria-label="Unit" w={120} allowDeselect={false} data={Object.entries(UNITS).map(([of, [, , words]]) => ({ value: of, label: words }))} value={unit} onChange={(next) => next && put(number, next as Unit)} />
    </Group>
  );
}
