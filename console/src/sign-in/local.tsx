/** The local runner takes `dev:<account>` for a token: here one picks who to be. */
import { Badge, Container, NavLink, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { all, call } from "../api";
import type { AccountResource } from "../api-types";
import { Icon } from "../icons";
import { Shown } from "../states";
import { askAgain } from "./ask-again";
import { begin, type Session } from "./session";

const CHOSEN = "account";

function as(account: string): Session {
  const token = () => Promise.resolve(`dev:${account}`);
  return {
    account,
    token,
    renewed: () => askAgain(token),
    end: async () => {
      localStorage.removeItem(CHOSEN);
      window.location.assign("/");
    },
  };
}

/** Who was picked before, on this device. */
export function chosen(): Session | null {
  const account = localStorage.getItem(CHOSEN);
  return account === null ? null : as(account);
}

async function users(): Promise<{ branch: AccountResource; users: AccountResource[] }[]> {
  begin(as("admin"));
  const found = await all((cursor) => call("GET /v1/accounts", { query: { limit: 200, cursor }, background: true }));
  // An administrator is answered whole accounts, and not their names alone.
  const accounts = found.filter((each): each is AccountResource => "enabled" in each);
  const here = accounts.filter((each) => each.kind === "user" && each.enabled);
  const places = accounts.filter((each) => each.kind !== "user");
  return places
    .map((branch) => ({ branch, users: here.filter((each) => each.parent === branch.id) }))
    .filter((each) => each.users.length > 0);
}

export function Picker({ onPick }: { onPick: (session: Session) => void }) {
  const found = useQuery({ queryKey: ["picker"], queryFn: users });
  const pick = (account: string) => {
    localStorage.setItem(CHOSEN, account);
    onPick(as(account));
  };
  return (
    <Container size="xs" component="main" py="lg">
      <Title order={1} size="h2">
        Who are you?
      </Title>
      <Text c="dimmed" mb="md">
        On this machine nobody asks for a password. In AWS people sign in.
      </Text>
      <Shown query={found}>
        {(groups) => (
          <Stack gap="lg">
            {groups.map(({ branch, users }) => (
              <div key={branch.id}>
                <Title order={2} size="h5">
                  {branch.name}
                </Title>
                {users.map((each) => (
                  <NavLink
                    key={each.id}
                    component="button"
                    label={each.name}
                    leftSection={<Icon name="user" />}
                    rightSection={<Badge variant="default">{each.role}</Badge>}
                    onClick={() => pick(each.id)}
                  />
                ))}
              </div>
            ))}
          </Stack>
        )}
      </Shown>
    </Container>
  );
}
