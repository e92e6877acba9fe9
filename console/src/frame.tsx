/** What stands around every screen: header, navigation at the side or under the thumb, what is not sent yet. */
import { AppShell, Badge, Burger, Button, Container, Group, NavLink, Switch, Text, Title, UnstyledButton } from "@mantine/core";
import { useDisclosure, useMediaQuery } from "@mantine/hooks";
import { Suspense, useEffect, useState } from "react";
import { Link, matchPath, Navigate, Route, Routes, useLocation, useNavigationType } from "react-router";
import { notDone } from "./act";
import { call, Problem } from "./api";
import { Icon } from "./icons";
import { keepAnswers, signOut } from "./kept";
import { startSending, useOutbox } from "./outbox";
import { accountOf, queries, useMe, useRead, useReadAgain, type Role } from "./reads";
import { loadWork, SCREENS, type Screen } from "./routes";
import { Empty, Failed, Mishap, Rows, useOnline, Waiting } from "./states";
import { PRODUCT } from "./theme";

export function Frame() {
  const [ready, setReady] = useState(false);
  useEffect(() => {
    // A browser that keeps nothing (a private window of some) still works with a network.
    keepAnswers(queries)
      .catch(() => undefined)
      .finally(() => setReady(true));
    window.addEventListener("load", () => void loadWork(), { once: true });
    if (document.readyState === "complete") void loadWork();
    return startSending();
  }, []);
  return ready ? <Known /> : <Waiting />;
}

function Known() {
  const me = useMe();
  // A manager may have switched them off meanwhile.
  const status = useRead("GET /v1/me/status", {}, { every: 60, enabled: me.data !== undefined });
  // Whoever was switched off meanwhile is told so, whatever was kept from before.
  const isOut = me.error instanceof Problem && me.error.status === 403;
  if (me.data === undefined || isOut)
    return me.isError ? (
      <Container size="xs" component="main" py="lg">
        <Title order={1} size="h2" mb="md">
          The console does not open
        </Title>
        <Failed error={me.error} again={() => void me.refetch()} />
        <Button mt="md" variant="default" onClick={() => void signOut()}>
          Sign out
        </Button>
      </Container>
    ) : (
      <Waiting />
    );
  const { role, name } = accountOf(me.data);
  return <Around role={role} name={name} available={status.data?.available ?? me.data.available} />;
}

function Around({ role, name, available }: { role: Role; name: string; available: boolean }) {
  const [isOpen, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const isNarrow = useMediaQuery("(max-width: 62em)", true, { getInitialValueInEffect: false });
  const screens = SCREENS.filter((each) => each.roles.includes(role));
  const entries = screens.filter((each) => each.icon);
  const hasBar = isNarrow && entries.every((each) => each.group === "work");
  const start = screens.find((each) => each.start?.includes(role)) ?? screens[0];
  useEffect(close, [pathname, close]);
  useArrival(screens, pathname);

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: "md", collapsed: { mobile: !isOpen || hasBar } }}
      footer={{ height: 64, collapsed: !hasBar }}
      padding={isNarrow ? "sm" : "md"}
    >
      <AppShell.Header px="sm" component="section" aria-label="You">
        <Group h="100%" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap" miw={0}>
            {!hasBar && <Burger hiddenFrom="md" opened={isOpen} onClick={toggle} aria-label="Menu" size="sm" />}
            <Text fw={700} truncate>
              {name}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <Unsent />
            <Available available={available} />
          </Group>
        </Group>
      </AppShell.Header>
      {!hasBar && (
        <AppShell.Navbar p="xs">
          <AppShell.Section grow style={{ overflowY: "auto" }}>
            {(["desk", "work"] as const).map((group) =>
              entries.filter((each) => each.group === group).map((each) => <Entry key={each.path} screen={each} />),
            )}
          </AppShell.Section>
        </AppShell.Navbar>
      )}
      <AppShell.Main tabIndex={-1} style={{ outline: "none" }}>
        <Offline />
        <Mishap key={pathname}>
        <Suspense fallback={<Rows />}>
          <Routes>
            {screens.map(({ path, Page }) => (
              <Route key={path} path={path} element={<Page />} />
            ))}
            <Route path="/" element={<Navigate to={start?.path ?? "/"} replace />} />
            <Route
              path="*"
              element={
                <Empty icon="search" title="There is no such page">
                  Or none for your role. <Link to="/">To the first page</Link>
                </Empty>
              }
            />
          </Routes>
        </Suspense>
        </Mishap>
      </AppShell.Main>
      {hasBar && (
        <AppShell.Footer component="nav" aria-label="Main">
          <Group h="100%" grow gap={0} preventGrowOverflow={false}>
            {entries.map((each) => (
              <BarEntry key={each.path} screen={each} />
            ))}
          </Group>
        </AppShell.Footer>
      )}
    </AppShell>
  );
}

/** A page that was come to says in the tab what it is, and begins at its top; the way back leaves the place to the browser. */
function useArrival(screens: readonly Screen[], pathname: string): void {
  const way = useNavigationType();
  const title = screens.find((each) => matchPath(each.path, pathname))?.title;
  useEffect(() => {
    document.title = title === undefined ? PRODUCT : `${title} · ${PRODUCT}`;
    if (way !== "PUSH") return;
    window.scrollTo(0, 0);
    // Where the link that was followed is gone, the keyboard goes on at the page and not before everything.
    if (document.activeElement === document.body) document.querySelector("main")?.focus({ preventScroll: true });
  }, [pathname, title, way]);
}

function Entry({ screen }: { screen: Screen }) {
  const isHere = useLocation().pathname.startsWith(screen.path);
  return (
    <NavLink
      component={Link}
      to={screen.path}
      label={screen.title}
      active={isHere}
      variant="filled"
      aria-current={isHere ? "page" : undefined}
      leftSection={screen.icon && <Icon name={screen.icon} />}
      rightSection={screen.path === "/bell" ? <Unread /> : undefined}
    />
  );
}

function BarEntry({ screen }: { screen: Screen }) {
  const isHere = useLocation().pathname.startsWith(screen.path);
  return (
    <UnstyledButton component={Link} to={screen.path} h="100%" aria-current={isHere ? "page" : undefined} c={isHere ? "var(--mantine-color-anchor)" : "var(--mantine-color-text)"}>
      <Group h="100%" justify="center" align="center" gap={6} wrap="nowrap">
        {screen.icon && <Icon name={screen.icon} size={24} />}
        <Text size="sm" fw={isHere ? 700 : 500}>
          {screen.title}
        </Text>
        {screen.path === "/bell" && <Unread />}
      </Group>
    </UnstyledButton>
  );
}

/** How many notifications nobody has looked at; asked while the page is looked at. */
function Unread() {
  const found = useRead("GET /v1/me/status", {}, { every: 60 });
  const unread = found.data?.unread ?? 0;
  if (unread === 0) return null;
  return (
    <Badge size="sm" circle={unread < 10} color="red" aria-label={`${unread} unread`}>
      {unread}
    </Badge>
  );
}

/** What is not with the server yet. */
function Unsent() {
  const entries = useOutbox();
  if (entries.length === 0) return null;
  const refused = entries.some((each) => each.refused);
  return (
    <Badge component={Link} to="/bell" size="lg" variant="outline" color={refused ? "red" : "gray"} style={{ cursor: "pointer" }}>
      {refused ? "look at this" : `${entries.length} unsent`}
    </Badge>
  );
}

/** "I am here": who is not gets no leads pushed. */
function Available({ available }: { available: boolean }) {
  const again = useReadAgain();
  const [wanted, setWanted] = useState<boolean | null>(null);
  const change = async (next: boolean) => {
    setWanted(next);
    try {
      await call("PUT /v1/presence", { body: { available: next } });
      await again("GET /v1/me", "GET /v1/me/status");
    } catch (error) {
      notDone("Your availability was not changed", error);
    }
    setWanted(null);
  };
  return (
    <Switch
      checked={wanted ?? available}
      disabled={wanted !== null}
      onChange={(event) => void change(event.currentTarget.checked)}
      label={(wanted ?? available) ? "Available" : "Away"}
      labelPosition="left"
      size="md"
    />
  );
}

function Offline() {
  const online = useOnline();
  if (online) return null;
  return (
    <Group role="status" gap="xs" mb="xs" p="xs" wrap="nowrap" style={{ border: "1px solid var(--mantine-color-default-border)", borderRadius: "var(--mantine-radius-md)" }}>
      <Icon name="offline" />
      <Text size="sm">No network. What you record is kept here and sent when there is one.</Text>
    </Group>
  );
}
