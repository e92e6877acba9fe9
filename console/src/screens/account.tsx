/** D6: one account: who it is, how it signs in, and what becomes of its leads when somebody leaves. */
import { Alert, Badge, Button, Card, Container, Fieldset, Grid, Group, NumberInput, SegmentedControl, Select, Stack, Switch, Text, TextInput, Title } from "@mantine/core";
import { useState } from "react";
import { useNavigate, useParams } from "react-router";
import { AccountSelect } from "../account-select";
import { call } from "../api";
import type { AccountResource, Notify, SignIn } from "../api-types";
import { History } from "../history";
import { Icon } from "../icons";
import { Leaver } from "../leaver";
import { accountOf, useMe, useRead } from "../reads";
import { bodyOf, Delete, NotSaved, UndoOrSave, useEditing } from "../save";
import { Failed, Rows, Shown } from "../states";
import { kindWords, roleWords } from "../words";
import { RoleChoice } from "./company";

const AT_FIELDS = ["name", "parent", "role", "email", "timezone", "notify.webhook", "notify.held_minutes"];
const ZONES = Intl.supportedValuesOf("timeZone");

export default function AccountPage() {
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const found = useRead("GET /v1/accounts/{id}", { path: { id } }, { fresh: 5_000 });
  const me = useMe();
  const mayChange = me.data !== undefined && accountOf(me.data).role === "admin";
  const isOwn = me.data?.account.id === id;
  return (
    <Container size="lg" p={0}>
      <Button variant="subtle" size="compact-md" leftSection={<Icon name="back" />} onClick={() => void navigate("/company")} mb="xs">
        Company
      </Button>
      <Shown query={found} skeleton={<Rows count={6} />}>
        {(account) => (
          <Grid gap="lg">
            <Grid.Col span={{ base: 12, md: 7 }}>
              <Card withBorder>
                <Form key={account.id} account={account} mayChange={mayChange} />
              </Card>
            </Grid.Col>
            <Grid.Col span={{ base: 12, md: 5 }}>
              <Stack gap="md">
                {account.kind === "user" && mayChange && <SigningIn account={account} />}
                {account.kind === "user" && !isOwn && <Leaver account={account} mayChange={mayChange} />}
                <History kind="accounts" id={account.id} />
              </Stack>
            </Grid.Col>
          </Grid>
        )}
      </Shown>
    </Container>
  );
}

function Form({ account, mayChange }: { account: AccountResource; mayChange: boolean }) {
  const navigate = useNavigate();
  const editing = useEditing("accounts", account, `accounts/${account.id}`, (found) => `${found.name} is saved`);
  const { draft, edit, saving } = editing;
  const isUser = account.kind === "user";
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void editing.save(bodyOf(draft));
      }}
    >
      <Group justify="space-between" mb="sm" wrap="nowrap">
        <Title order={1} size="h3">
          {account.name}
        </Title>
        <Badge variant="outline" tt="none" style={{ flexShrink: 0 }}>
          {isUser ? roleWords(account.role ?? "rep") : kindWords(account.kind)}
        </Badge>
      </Group>
      <Fieldset variant="unstyled" disabled={!mayChange}>
        <Stack gap="sm">
          <TextInput label="Name" required maxLength={200} value={draft.name} onChange={(event) => edit({ name: event.currentTarget.value })} error={saving.at("name")} />
          {account.kind !== "corporate" && <AccountSelect label={isUser ? "Works in" : "Below"} value={draft.parent} onChange={(parent) => edit({ parent })} kinds={["corporate", "branch"]} error={saving.at("parent")} />}
          {isUser && <RoleChoice value={draft.role ?? "rep"} onChange={(role) => edit({ role })} />}
          {saving.at("role") && <Text size="sm" c="var(--mantine-color-error)">{saving.at("role")}</Text>}
          <TextInput label="E-mail" type="email" value={draft.email ?? ""} onChange={(event) => edit({ email: event.currentTarget.value || null })} error={saving.at("email")} />
          <Select
            label="Time zone"
            description="Days, limits and calling begin by it"
            placeholder="As above it"
            searchable
            clearable
            clearButtonProps={{ "aria-label": "As above it" }}
            value={draft.timezone}
            onChange={(timezone) => edit({ timezone })}
            data={draft.timezone && !ZONES.includes(draft.timezone) ? [draft.timezone, ...ZONES] : ZONES}
            limit={50}
            error={saving.at("timezone")}
          />
          <Switch
            size="md"
            checked={draft.enabled}
            onChange={(event) => edit({ enabled: event.currentTarget.checked })}
            label={isUser ? "At work" : "Open"}
            description={isUser ? "Off: on leave or gone. They get no leads and cannot work here" : "Off: nobody in it gets leads"}
          />
          <Told notify={draft.notify} isUser={isUser} edit={(notify) => edit({ notify })} at={saving.at} />
          <NotSaved saving={saving} fields={AT_FIELDS} onTake={editing.reset} onSaved={editing.saved} />
          {mayChange && (
            <Group justify="space-between">
              {account.kind === "corporate" ? <span /> : <Delete kind="accounts" of={account} name={account.name} onDone={() => void navigate("/company")} />}
              <UndoOrSave of={editing} />
            </Group>
          )}
        </Stack>
      </Fieldset>
    </form>
  );
}

/** How those at and below the account are told of things, where they do not say themselves. */
function Told({ notify, isUser, edit, at }: { notify: Notify; isUser: boolean; edit: (notify: Notify) => void; at: (field: string) => string | undefined }) {
  const email = notify.email ?? null;
  return (
    <Stack gap="xs">
      <div>
        <Text size="sm" fw={500} mb={4} id="told">
          {isUser ? "Tell them by e-mail" : "Tell everybody below by e-mail"}
        </Text>
        <SegmentedControl
          aria-labelledby="told"
          value={email === null ? "above" : email ? "yes" : "no"}
          onChange={(next) => edit({ ...notify, email: next === "above" ? null : next === "yes" })}
          data={[
            { value: "above", label: "As above it" },
            { value: "yes", label: "Yes" },
            { value: "no", label: "No" },
          ]}
        />
      </div>
      <TextInput
        label="Webhook"
        description="An address of your own that is called with each thing that happens"
        placeholder="https://"
        value={notify.webhook ?? ""}
        onChange={(event) => edit({ ...notify, webhook: event.currentTarget.value || null })}
        error={at("notify.webhook")}
      />
      {!isUser && (
        <NumberInput
          label="Tell managers of a lead that is held for so many minutes"
          placeholder="As above it"
          min={1}
          value={notify.held_minutes ?? ""}
          onChange={(minutes) => edit({ ...notify, held_minutes: minutes === "" ? null : Number(minutes) })}
          error={at("notify.held_minutes")}
        />
      )}
    </Stack>
  );
}

const ACTS = {
  invite: { route: "POST /v1/accounts/{id}/invite", label: "Invite" },
  reset: { route: "POST /v1/accounts/{id}/reset-sign-in", label: "Reset the password" },
  disable: { route: "POST /v1/accounts/{id}/disable-sign-in", label: "End the sign-in" },
} as const;

function SigningIn({ account }: { account: AccountResource }) {
  const [busy, setBusy] = useState<string | null>(null);
  const [told, setTold] = useState<SignIn | null>(null);
  const [error, setError] = useState<unknown>(null);
  const act = async (name: keyof typeof ACTS) => {
    setBusy(name);
    setError(null);
    setTold(null);
    try {
      setTold(await call(ACTS[name].route, { path: { id: account.id }, key: crypto.randomUUID() }));
    } catch (failure) {
      setError(failure);
    }
    setBusy(null);
  };
  return (
    <Card withBorder component="section">
      <Title order={2} size="h4" mb="xs">
        Signing in
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        {account.email ? `An invitation goes to ${account.email}.` : "They need an e-mail address to be invited."}
      </Text>
      <Group gap="xs">
        {(Object.keys(ACTS) as (keyof typeof ACTS)[]).map((name) => (
          <Button key={name} variant="default" loading={busy === name} disabled={busy !== null && busy !== name} onClick={() => void act(name)}>
            {ACTS[name].label}
          </Button>
        ))}
      </Group>
      {told && (
        <Alert mt="sm" variant="outline" color={told.done ? "green" : "gray"} role="status">
          {told.detail}
        </Alert>
      )}
      {error !== null && <Failed error={error} />}
    </Card>
  );
}
