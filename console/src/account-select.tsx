/** Chooses an account by its name. */
import { Select } from "@mantine/core";
import { useList } from "./reads";

interface Props {
  label: string;
  value: string | null;
  onChange: (account: string | null) => void;
  /** What may be chosen; without it users, branches and the company. */
  kinds?: readonly ("user" | "branch" | "corporate")[];
  /** Only accounts below this one. */
  below?: string;
  /** Those that are not offered. */
  without?: readonly string[];
  placeholder?: string;
  error?: string;
  /** Nobody may be chosen again. */
  clearable?: boolean;
}

export function AccountSelect({ label, value, onChange, kinds = ["user", "branch", "corporate"], below, without = [], placeholder = "Name", error, clearable = false }: Props) {
  const accounts = useList("GET /v1/accounts", {}, { background: true, keep: true, fresh: 60_000 });
  const all = accounts.data ?? [];
  const names = new Map(all.map((each) => [each.id, each.name]));
  const group = (parent: string | null) => (parent === null ? "Company" : (names.get(parent) ?? parent));
  const parents = new Map(all.map((each) => [each.id, each.parent]));
  const isBelow = (id: string): boolean => {
    const parent = parents.get(id);
    return below === undefined || (parent != null && (parent === below || isBelow(parent)));
  };
  const groups = new Map<string, { value: string; label: string; disabled: boolean }[]>();
  for (const each of all.filter((found) => kinds.includes(found.kind) && !without.includes(found.id) && isBelow(found.id))) {
    const found = { value: each.id, label: each.name, disabled: "enabled" in each && !each.enabled };
    groups.set(group(each.parent), [...(groups.get(group(each.parent)) ?? []), found]);
  }
  return (
    <Select
      label={label}
      placeholder={placeholder}
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
