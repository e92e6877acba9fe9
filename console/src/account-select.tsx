/** Chooses an account by its name. */
import { Select } from "@mantine/core";
import { useList } from "./reads";

interface Props {
  label: string;
  value: string | null;
  onChange: (account: string | null) => void;
  /** What may be chosen; without it users, branches and the company. */
  kinds?: readonly ("user" | "branch" | "corporate")[];
  error?: string;
  /** Nobody may be chosen again. */
  clearable?: boolean;
}

export function AccountSelect({ label, value, onChange, kinds = ["user", "branch", "corporate"], error, clearable = false }: Props) {
  const accounts = useList("GET /v1/accounts", {}, { background: true, keep: true, fresh: 60_000 });
  const all = accounts.data ?? [];
  const names = new Map(all.map((each) => [each.id, each.name]));
  const group = (parent: string | null) => (parent === null ? "Company" : (names.get(parent) ?? parent));
  const groups = new Map<string, { value: string; label: string; disabled: boolean }[]>();
  for (const each of all.filter((found) => kinds.includes(found.kind))) {
    const found = { value: each.id, label: each.name, disabled: "enabled" in each && !each.enabled };
    groups.set(group(each.parent), [...(groups.get(group(each.parent)) ?? []), found]);
  }
  return (
    <Select
      label={label}
      placeholder="Name"
      searchable
      clearable={clearable}
      value={value}
      onChange={onChange}
      error={error}
      nothingFoundMessage="Nobody is called so"
      data={[...groups].map(([title, items]) => ({ group: title, items }))}
    />
  );
}
