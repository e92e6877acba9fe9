/** Changes the hours of a week by choosing: each day, and holidays. */
import { Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { dayName, DAYS, type Day, type Hours, type Week } from "./week";

interface Props {
  week: Week;
  onChange: (week: Week) => void;
  /** What is wrong with it. */
  errors: readonly string[];
  /** What is done in the hours, and not done in others. */
  words?: { open: string; closed: string };
  hasHolidays?: boolean;
}

const CALLING = { open: "Calls", closed: "No calls" };

const USUAL: Hours = ["08:00", "21:00"];

export function WeekEditor({ week, onChange, errors, words = CALLING, hasHolidays = true }: Props) {
  const set = (day: Day, hours: Hours) => onChange({ ...week, days: { ...week.days, [day]: hours } });
  const { mon } = week.days;
  return (
    <Stack gap={6} role="group" aria-label="Hours of the week">
      {DAYS.map((day) => (
        <Line key={day} words={words} label={dayName(day)} hours={week.days[day]} onChange={(hours) => set(day, hours ?? null)} />
      ))}
      {hasHolidays && <Line words={words} label="Holidays" hours={week.holiday} mayFollow onChange={(holiday) => onChange({ ...week, holiday })} />}
      {errors.map((each) => (
        <Text key={each} size="sm" c="var(--mantine-color-error)" role="alert">
          {each}
        </Text>
      ))}
      <Button variant="subtle" size="compact-sm" style={{ alignSelf: "flex-start" }} onClick={() => onChange({ ...week, days: { ...week.days, tue: mon, wed: mon, thu: mon, fri: mon } })}>
        Tuesday to Friday as Monday
      </Button>
    </Stack>
  );
}

function Line({ words, label, hours, mayFollow = false, onChange }: { words: { open: string; closed: string }; label: string; hours: Hours | undefined; mayFollow?: boolean; onChange: (hours: Hours | undefined) => void }) {
  const kind = hours === undefined ? "follows" : hours === null ? "none" : "hours";
  const choose = (chosen: string) => onChange(chosen === "follows" ? undefined : chosen === "none" ? null : USUAL);
  return (
    <Group gap="xs" wrap="wrap">
      <Text w={92} size="sm" fw={500}>
        {label}
      </Text>
      <NativeSelect
        aria-label={`${words.open}, ${label}`}
        w={150}
        value={kind}
        onChange={(event) => choose(event.currentTarget.value)}
        data={[{ value: "hours", label: words.open }, { value: "none", label: words.closed }, ...(mayFollow ? [{ value: "follows", label: "As its weekday" }] : [])]}
      />
      {hours && (
        <Group gap={6} wrap="nowrap">
          <TextInput type="time" aria-label={`From, ${label}`} value={hours[0]} onChange={(event) => onChange([event.currentTarget.value, hours[1]])} />
          <Text size="sm">to</Text>
          {/* Midnight at the end of a day is 24:00, which no time input has. */}
          <TextInput type="time" aria-label={`To, ${label}`} value={hours[1] === "24:00" ? "00:00" : hours[1]} onChange={(event) => onChange([hours[0], event.currentTarget.value === "00:00" ? "24:00" : event.currentTarget.value])} />
        </Group>
      )}
    </Group>
  );
}
