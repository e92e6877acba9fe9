/**
 * What the device keeps for when there is no network: answers that were read, the lead in hand, what is not sent yet.
 * All of it under the account, and all of it gone at sign-out.
 */
import { hashKey, type QueryClient } from "@tanstack/react-query";
import { clear, createStore, del, entries, get, set } from "idb-keyval";
import { session } from "./sign-in/session";

const store = createStore("lead-routing", "kept");
const DAY = 24 * 60 * 60_000;

const named = (name: string) => `${session().account}/${name}`;

const tabs = new BroadcastChannel("signed out");
let isOver = false;

export const keep = async (name: string, value: unknown): Promise<void> => {
  // An answer that comes while the page is left would stay.
  if (!isOver) await set(named(name), value, store);
};
export const kept = <T>(name: string): Promise<T | undefined> => get<T>(named(name), store);
export const forget = (name: string): Promise<void> => del(named(name), store);

/** All that is kept under names that begin so, in the order of their names. */
export async function keptBelow<T>(prefix: string): Promise<T[]> {
  const all = await entries<string, T>(store);
  return all.filter(([name]) => name.startsWith(named(prefix))).map(([, value]) => value);
}

/** Nothing of anybody stays on the device, and every tab's page is left. */
export async function signOut(): Promise<void> {
  tabs.postMessage(null);
  await leave();
}

async function leave(): Promise<void> {
  isOver = true;
  // A browser that keeps nothing has nothing to forget.
  await clear(store).catch(() => undefined);
  await session().end();
}

tabs.onmessage = () => void leave();

interface Answered {
  key: readonly unknown[];
  data: unknown;
  at: number;
}

/** Shows what was read before until it is read again, and keeps what is read with `keep`. */
export async function keepAnswers(client: QueryClient): Promise<void> {
  for (const { key, data, at } of await keptBelow<Answered>("answer/")) {
    if (Date.now() - at < DAY) client.setQueryData(key, data, { updatedAt: at });
    else await forget(`answer/${hashKey(key)}`);
  }
  client.getQueryCache().subscribe((event) => {
    if (event.type !== "updated" || event.action.type !== "success" || !event.query.meta?.keep) return;
    const { queryKey, state } = event.query;
    void keep(`answer/${hashKey(queryKey)}`, { key: queryKey, data: state.data, at: state.dataUpdatedAt } satisfies Answered);
  });
}

/** Nothing that was read stays on the device: somebody of whom it tells was erased. It is read again where it is shown. */
export async function forgetAnswers(): Promise<void> {
  for (const { key } of await keptBelow<Answered>("answer/")) await forget(`answer/${hashKey(key)}`);
}
