/** Reading: one hook for every `GET`, and who the user is. */
import { QueryCache, QueryClient, queryOptions, useQuery, useQueryClient, type UseQueryResult } from "@tanstack/react-query";
import { all, call, isPassing, Problem, type Answer, type Asked, type Reads } from "./api";
import type { AccountResource } from "./api-types";

export const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({
    // Their role may be another one since the page was opened.
    onError: (error, query) => {
      if (error instanceof Problem && error.status === 403 && query.queryKey[0] !== "GET /v1/me") void queries.invalidateQueries({ queryKey: ["GET /v1/me"] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      gcTime: 24 * 60 * 60_000,
      retry: (failures, error) => failures < 2 && isPassing(error) && navigator.onLine,
      // A refusal to connect shows at once, and not as something that is on its way.
      networkMode: "always",
      // What could not be read without a network comes by itself when there is one.
      refetchOnReconnect: (query) => query.state.status === "error",
    },
    mutations: { networkMode: "always" },
  },
});

interface Options {
  /** Read again every so many seconds while the page is looked at; such reads are no activity of the user's. */
  every?: number;
  /** Not the user's doing: the read does not make them active. */
  background?: boolean;
  enabled?: boolean;
  /** Keep the answer on the device, for when there is no network. */
  keep?: boolean;
  /** Milliseconds for which an answer is taken as it is; without it ten seconds. */
  fresh?: number;
}

export function keyOf<R extends Reads>(route: R, asked: Pick<Asked<R>, "path" | "query"> = {}): readonly unknown[] {
  return [route, asked.path ?? {}, asked.query ?? {}];
}

/** How a `GET` is asked for and its answer kept. */
export function readOf<R extends Reads>(route: R, asked: Pick<Asked<R>, "path" | "query"> = {}, options: Options = {}) {
  const background = options.background ?? options.every !== undefined;
  return queryOptions<Answer<R>>({
    queryKey: keyOf(route, asked),
    queryFn: ({ signal }) => call(route, { ...asked, background, signal: AbortSignal.any([signal, AbortSignal.timeout(30_000)]) }),
    refetchInterval: options.every === undefined ? false : options.every * 1000,
    refetchIntervalInBackground: false,
    enabled: options.enabled ?? true,
    meta: { keep: options.keep ?? false },
    ...(options.fresh === undefined ? {} : { staleTime: options.fresh }),
  });
}

/** The answer of a `GET`, kept and shared by what is asked. */
export function useRead<R extends Reads>(route: R, asked: Pick<Asked<R>, "path" | "query"> = {}, options: Options = {}): UseQueryResult<Answer<R>> {
  return useQuery(readOf(route, asked, options));
}

type Lists = { [R in Reads]: Answer<R> extends { items: (infer _)[]; next: string | null } ? R : never }[Reads];
type ItemOf<R extends Lists> = Answer<R> extends { items: (infer T)[] } ? T : never;

/** All entries of a list, page after page: for lists that are short, as set-up and a rep's own leads are. */
export function useList<R extends Lists>(route: R, asked: Pick<Asked<R>, "path" | "query"> = {}, options: Options = {}): UseQueryResult<ItemOf<R>[]> {
  const background = options.background ?? options.every !== undefined;
  const page = (cursor: string | undefined, signal: AbortSignal) =>
    call(route, { ...asked, query: { limit: 200, ...asked.query, cursor } as never, background, signal }) as Promise<{ items: ItemOf<R>[]; next: string | null }>;
  return useQuery({
    queryKey: [route, asked.path ?? {}, asked.query ?? {}, "all"],
    queryFn: ({ signal }) => all((cursor) => page(cursor, AbortSignal.any([signal, AbortSignal.timeout(30_000)]))),
    refetchInterval: options.every === undefined ? false : options.every * 1000,
    refetchIntervalInBackground: false,
    enabled: options.enabled ?? true,
    meta: { keep: options.keep ?? false },
    ...(options.fresh === undefined ? {} : { staleTime: options.fresh }),
  });
}

/** Everything that was read by these routes is read again, where it is shown. */
export function useReadAgain(): (...routes: Reads[]) => Promise<void> {
  const client = useQueryClient();
  return async (...routes) => {
    await Promise.all(routes.map((route) => client.invalidateQueries({ queryKey: [route] })));
  };
}

export type Role = "admin" | "manager" | "rep";

/** The user's own account. */
export function useMe() {
  return useRead("GET /v1/me", {}, { keep: true, background: true });
}

export function accountOf(me: Answer<"GET /v1/me">): AccountResource & { role: Role } {
  return me.account as unknown as AccountResource & { role: Role };
}
