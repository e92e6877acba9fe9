/** What every list and card shows while there is nothing to show, and why. */
import { Alert, Button, Center, Group, Loader, Skeleton, Stack, Text } from "@mantine/core";
import type { InfiniteData, UseInfiniteQueryResult, UseQueryResult } from "@tanstack/react-query";
import { Component, useEffect, useState, type ReactNode } from "react";
import { isPassing, Problem, Unreachable } from "./api";
import { noticed, time } from "./format";
import { Icon, type IconName } from "./icons";

/** Whether the device has a network. */
export function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const changed = () => setOnline(navigator.onLine);
    window.addEventListener("online", changed);
    window.addEventListener("offline", changed);
    return () => {
      window.removeEventListener("online", changed);
      window.removeEventListener("offline", changed);
    };
  }, []);
  return online;
}

/** Something is on its way. */
export function Waiting() {
  return (
    <Center mih="50vh">
      <Loader aria-label="Loading" />
    </Center>
  );
}

/** Rows of the height that the list's rows will have. */
export function Rows({ count = 5, height = 56 }: { count?: number; height?: number }) {
  return (
    <Stack gap="xs" aria-busy="true" aria-label="Loading" role="status">
      {Array.from({ length: count }, (_, at) => (
        <Skeleton key={at} height={height} />
      ))}
    </Stack>
  );
}

/** There is nothing, and what would change that. */
export function Empty({ icon = "check", title, children }: { icon?: IconName; title: string; children?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py="xl" px="md" ta="center">
      <Icon name={icon} size={36} />
      <Text fw={600}>{title}</Text>
      {children && <Text c="dimmed" component="div">{children}</Text>}
    </Stack>
  );
}

/** What went wrong in the server's words, its request's id for who is asked for help, and a way on. */
export function Failed({ error, again }: { error: unknown; again?: () => void }) {
  if (error instanceof Problem && error.status === 403 && error.code === "forbidden")
    return (
      <div role="alert">
        <Empty icon="held" title="This is not for your role">
          {error.message}
        </Empty>
      </div>
    );
  const isGone = error instanceof Unreachable;
  return (
    <Alert color={isGone ? "gray" : "red"} variant="outline" icon={<Icon name={isGone ? "offline" : "warning"} />} title={isGone ? "No connection" : "That did not work"} role="alert">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{error instanceof Error ? error.message : String(error)}</Text>
        {error instanceof Problem && error.fields.map((each) => (
          <Text key={each.field + each.message} size="sm">
            {noticed(each)}
          </Text>
        ))}
        {error instanceof Problem && error.requestId && (
          <Text size="xs" c="dimmed">
            Request {error.requestId}
          </Text>
        )}
        {again && (
          <Button variant="default" onClick={again}>
            Try again
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** The data are from before, because the server does not answer now. */
function Stale({ at, again }: { at: number; again: () => void }) {
  return (
    <Group gap="xs" role="status" mb="xs">
      <Icon name="offline" size={16} />
      <Text size="sm" c="dimmed">
        As of {time(at)}: the server cannot be reached.
      </Text>
      <Button size="compact-sm" variant="subtle" onClick={again}>
        Try again
      </Button>
    </Group>
  );
}

type Asked<T> = Pick<UseQueryResult<T>, "isError" | "error" | "fetchStatus" | "dataUpdatedAt"> & { data: T | undefined; refetch: () => unknown };

/**
 * A query's answer, or its state: skeleton, error, forbidden; data from before stay in place when a later read fails.
 */
export function Shown<T>({ query, skeleton = <Rows />, children }: { query: Asked<T>; skeleton?: ReactNode; children: (data: T) => ReactNode }) {
  const again = () => void query.refetch();
  if (query.data === undefined && query.error instanceof Problem && query.error.status === 404)
    return (
      <Empty icon="search" title={query.error.message}>
        It is gone, or it is not yours to see.
      </Empty>
    );
  if (query.data === undefined) return query.isError ? <Failed error={query.error} again={again} /> : query.fetchStatus === "paused" ? <Failed error={new Unreachable()} again={again} /> : skeleton;
  const isStale = query.fetchStatus === "paused" || (query.isError && isPassing(query.error));
  return (
    <>
      {isStale && <Stale at={query.dataUpdatedAt} again={again} />}
      {query.isError && !isStale && <Failed error={query.error} again={again} />}
      {children(query.data)}
    </>
  );
}

/** A list that comes in pages: what was read of it so far, in its states, and the way to more. */
export function Pages<T>({ query, skeleton, more = "More", children }: { query: UseInfiniteQueryResult<InfiniteData<{ items: T[] }>>; skeleton?: ReactNode; more?: string; children: (items: T[]) => ReactNode }) {
  const { isFetchNextPageError: endsHere, hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  return (
    // Where only the next page fails, what is there is not older for that.
    <Shown query={endsHere ? { ...query, isError: false } : query} skeleton={skeleton}>
      {({ pages }) => (
        <>
          {children(pages.flatMap((page) => page.items))}
          {endsHere ? (
            <Failed error={query.error} again={() => void fetchNextPage()} />
          ) : (
            hasNextPage && (
              <Button variant="default" mt="sm" loading={isFetchingNextPage} onClick={() => void fetchNextPage()}>
                {more}
              </Button>
            )
          )}
        </>
      )}
    </Shown>
  );
}

/** A screen that breaks, or that did not come over the network, breaks alone: the navigation stays. */
export class Mishap extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    return this.state.error === null ? this.props.children : <Failed error={this.state.error} again={() => window.location.reload()} />;
  }
}
