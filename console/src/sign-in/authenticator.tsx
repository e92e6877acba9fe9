/**
 * Codes of an authenticator app beside the password. The sign-in page asks for them once they are on, but sets up none where
 * they are each user's choice: that is asked of Cognito's own API, as the user.
 */
import { Anchor, Box, Button, Code, CopyButton, Group, Modal, Stack, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import encodeQR from "qr";
import { useState, type FormEvent } from "react";
import { Unreachable } from "../api";
import { Icon } from "../icons";
import { Failed, Rows, Shown } from "../states";
import { PRODUCT } from "../theme";
import type { Pool } from "./session";

const STATE = ["authenticator"];
const KIND = "SOFTWARE_TOKEN_MFA";
const NOT_ALLOWED = "This sign-in cannot change that. Sign out and in again.";
const WRONG_CODE = "That code is not right. Type the one that the app shows now: it changes every half minute. If none is right, let the phone set its clock by itself, or begin anew.";
const WORDS: Record<string, string> = {
  EnableSoftwareTokenMFAException: WRONG_CODE,
  CodeMismatchException: WRONG_CODE,
  ExpiredCodeException: WRONG_CODE,
  TooManyRequestsException: "That was asked too often. Wait a few minutes.",
  LimitExceededException: "That was asked too often. Wait a few minutes.",
};

/** The token is good, but not for this, as one from before the console asked for it. */
class NotAllowed extends Error {}

type Answered = { ok: boolean; body: Record<string, unknown> };

async function once(pool: Pool, action: string, body: object, isRefused: boolean): Promise<Answered> {
  const AccessToken = await pool.token(isRefused);
  try {
    const response = await fetch(pool.url, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `AWSCognitoIdentityProviderService.${action}` },
      body: JSON.stringify({ AccessToken, ...body }),
      cache: "no-store",
      signal: AbortSignal.timeout(30_000),
    });
    return { ok: response.ok, body: (await response.json()) as Answered["body"] };
  } catch {
    throw new Unreachable();
  }
}

/** One action. Raises errors with words for people: NotAllowed, Unreachable, or what else is refused. */
async function ask(pool: Pool, action: string, body: object = {}): Promise<Answered["body"]> {
  const kindOf = ({ ok, body }: Answered) => (ok ? "" : String(body.__type).replace(/.*#/, ""));
  let answered = await once(pool, action, body, false);
  if (kindOf(answered) === "NotAuthorizedException") answered = await once(pool, action, body, true);
  const kind = kindOf(answered);
  if (kind === "NotAuthorizedException") throw new NotAllowed(NOT_ALLOWED);
  if (kind) throw new Error(WORDS[kind] ?? String(answered.body.message ?? kind));
  return answered.body;
}

async function stateOf(pool: Pool): Promise<"on" | "off" | "not allowed"> {
  try {
    const { UserMFASettingList } = await ask(pool, "GetUser");
    return ((UserMFASettingList ?? []) as string[]).includes(KIND) ? "on" : "off";
  } catch (error) {
    if (error instanceof NotAllowed) return "not allowed";
    throw error;
  }
}

const prefer = (pool: Pool, wanted: boolean) => ask(pool, "SetUserMFAPreference", { SoftwareTokenMfaSettings: { Enabled: wanted, PreferredMfa: wanted } });

export default function Authenticator({ pool, account }: { pool: Pool; account: string }) {
  const client = useQueryClient();
  const found = useQuery({ queryKey: STATE, queryFn: () => stateOf(pool), staleTime: Infinity });
  const changed = (state: "on" | "off") => client.setQueryData(STATE, state);
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        Sign in with an authenticator too
      </Text>
      <Shown query={found} skeleton={<Rows count={1} />}>
        {(state) =>
          state === "not allowed" ? (
            <Text size="sm" c="dimmed">
              {NOT_ALLOWED}
            </Text>
          ) : state === "on" ? (
            <On pool={pool} onOff={() => changed("off")} />
          ) : (
            <Off pool={pool} account={account} onOn={() => changed("on")} />
          )
        }
      </Shown>
    </div>
  );
}

function On({ pool, onOff }: { pool: Pool; onOff: () => void }) {
  const [asks, setAsks] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const off = async () => {
    setBusy(true);
    setError(null);
    try {
      await prefer(pool, false);
      onOff();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="sm" role="status">
        It is on: after the password you are asked for the six digits of your app. Who loses the phone asks an administrator to reset the sign-in.
      </Text>
      <Button variant="default" onClick={() => setAsks(true)}>
        Switch it off
      </Button>
      <Modal opened={asks} onClose={() => setAsks(false)} title="Sign in by the password alone?" centered>
        <Stack gap="md">
          <Text>Whoever knows the password could sign in. To have it again later, you set it up anew.</Text>
          {error !== null && <Failed error={error} />}
          <Group grow>
            <Button variant="default" onClick={() => setAsks(false)}>
              Keep it on
            </Button>
            <Button color="red" loading={busy} onClick={() => void off()}>
              By the password alone
            </Button>
          </Group>
        </Stack>
      </Modal>
    </Stack>
  );
}

function Off({ pool, account, onOn }: { pool: Pool; account: string; onOn: () => void }) {
  const [key, setKey] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const begin = async () => {
    setBusy(true);
    setError(null);
    try {
      setKey(String((await ask(pool, "AssociateSoftwareToken")).SecretCode));
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  if (key !== null) return <SetUp secret={key} pool={pool} account={account} onOn={onOn} onCancel={() => setKey(null)} />;
  return (
    <Stack gap="xs" align="flex-start">
      <Text size="sm" c="dimmed" role="status">
        It is off. With an app that shows six digits, as a password manager or a phone has one, a password that was found out lets nobody in.
      </Text>
      {error !== null && <Failed error={error} />}
      <Button variant="default" loading={busy} onClick={() => void begin()}>
        Set it up
      </Button>
    </Stack>
  );
}

function SetUp({ secret, pool, account, onOn, onCancel }: { secret: string; pool: Pool; account: string; onOn: () => void; onCancel: () => void }) {
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  // A code is taken once: what breaks after it is tried again without.
  const [isVerified, setVerified] = useState(false);
  const digits = code.replace(/\s/g, "");
  const address = `otpauth://totp/${encodeURIComponent(PRODUCT)}:${encodeURIComponent(account)}?secret=${secret}&issuer=${encodeURIComponent(PRODUCT)}`;

  const on = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      if (!isVerified) {
        if (!/^[0-9]{6}$/.test(digits)) throw new Error("A code is six digits.");
        const { Status } = await ask(pool, "VerifySoftwareToken", { UserCode: digits });
        if (Status !== "SUCCESS") throw new Error(WRONG_CODE);
        setVerified(true);
      }
      await prefer(pool, true);
      onOn();
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  return (
    <form onSubmit={(event) => void on(event)} noValidate>
      <Stack gap="xs">
        <Text size="sm">Give this key to your authenticator app. Keep it to yourself; it is shown this once.</Text>
        <Box visibleFrom="sm">
          <Picture of={address} />
        </Box>
        <Code fz="md" style={{ overflowWrap: "anywhere" }}>
          {secret.match(/.{1,4}/g)?.join(" ")}
        </Code>
        <Group gap="xs">
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button variant="default" leftSection={<Icon name={copied ? "check" : "copy"} />} onClick={copy}>
                {copied ? "Copied" : "Copy the key"}
              </Button>
            )}
          </CopyButton>
          <Anchor size="sm" href={address}>
            Open it in an app on this device
          </Anchor>
        </Group>
        <TextInput
          label="The six digits that the app shows"
          inputMode="numeric"
          autoComplete="one-time-code"
          value={code}
          disabled={isVerified}
          onChange={(change) => setCode(change.currentTarget.value)}
        />
        {error !== null && <Failed error={error} />}
        <Group grow>
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" loading={busy}>
            Switch it on
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** A QR code, dark on light in both schemes: many a camera reads no other. */
function Picture({ of }: { of: string }) {
  const rows = encodeQR(of, "raw", { border: 4 });
  const dark = rows.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return (
    <svg role="img" aria-label="The key, for a phone's camera" width={4 * rows.length} viewBox={`0 0 ${rows.length} ${rows.length}`} shapeRendering="crispEdges" style={{ display: "block" }}>
      <rect width="100%" height="100%" fill="#fff" />
      <path d={dark.join("")} fill="#000" />
    </svg>
  );
}
