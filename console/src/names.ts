/** Names in the place of ids. */
import { createContext, useContext } from "react";
import { useList } from "./reads";

const FRESH = 600_000;

/** What strategies are called that are not saved as they are shown, by id. */
export const Drafted = createContext<ReadonlyMap<string, string>>(new Map());

/** What an account, or a strategy, is called; its id while that is not known. */
export function useNames(): { account: (id: string) => string; strategy: (id: string) => string } {
  const drafted = useContext(Drafted);
  const accounts = useList("GET /v1/accounts", {}, { background: true, keep: true, fresh: FRESH });
  const push = useList("GET /v1/push-strategies", {}, { background: true, fresh: FRESH });
  const pull = useList("GET /v1/pull-strategies", {}, { background: true, fresh: FRESH });
  const named = (found: { id: string; name: string }[] | undefined) => new Map(found?.map((each) => [each.id, each.name]));
  const ofAccounts = named(accounts.data);
  const ofStrategies = new Map([...named(push.data), ...named(pull.data), ...drafted]);
  return { account: (id) => ofAccounts.get(id) ?? id, strategy: (id) => ofStrategies.get(id) ?? id };
}
