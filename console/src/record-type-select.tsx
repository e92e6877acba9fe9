/** Chooses a kind of lead by its name. */
import { Select } from "@mantine/core";
import { useList } from "./reads";

export function RecordTypeSelect({ value, onChange, error }: { value: string | null; onChange: (type: string | null) => void; error?: string | undefined }) {
  const types = useList("GET /v1/record-types", {}, { background: true, fresh: 60_000 });
  return <Select label="Kind of lead" allowDeselect={false} value={value} onChange={onChange} error={error} data={(types.data ?? []).map((each) => ({ value: each.id, label: each.name }))} />;
}
