/** Amazon Cognito's sign-in page, by the code flow with PKCE. The API reads the account in the ID token. */
import { ErrorResponse, ErrorTimeout, UserManager, WebStorageStateStore, type User } from "oidc-client-ts";
import { Unreachable } from "../api";
import { answer, askAgain } from "./ask-again";
import type { Config, Session } from "./session";

const CALLBACK = "/signed-in";
const CLAIM = "cognito:username";
const LOCK = "sign-in";
// The second: users may change how they themselves sign in.
const SCOPE = "openid aws.cognito.signin.user.admin";
const TIMEOUT_SECONDS = 10;

/** The session of who has signed in; leaves the page for the sign-in page when nobody has. */
export async function signIn(config: Config): Promise<Session> {
  const manager = new UserManager({
    authority: config.authority ?? "",
    client_id: config.client_id ?? "",
    redirect_uri: `${window.location.origin}${CALLBACK}`,
    popup_redirect_uri: `${window.location.origin}${CALLBACK}`,
    response_type: "code",
    scope: SCOPE,
    // On the device, so that an installed app that was killed opens without asking again.
    userStore: new WebStorageStateStore({ store: window.localStorage }),
    // A token is renewed when it is needed, by one tab for all.
    automaticSilentRenew: false,
    requestTimeoutInSeconds: TIMEOUT_SECONDS,
  });
  if (window.location.pathname === CALLBACK && !(await cameBack(manager))) return left();
  // Without a network the old token opens what the device has kept.
  const user = await fresh(manager).catch(() => manager.getUser());
  if (user === null) {
    const { pathname, search, hash } = window.location;
    await manager.signinRedirect({ state: pathname + search + hash }).catch(() => {
      throw new Unreachable();
    });
    return left();
  }
  const account = accountOf(user);

  const tokenOf = (user: User): Promise<string> => {
    if (accountOf(user) === account) return Promise.resolve(user.id_token ?? "");
    // Somebody else has signed in: nothing that is on this page is theirs.
    window.location.assign("/");
    return left();
  };
  const token = (user: User | null) => (user === null ? askAgain(async () => tokenOf(await again(manager))) : tokenOf(user));
  window.addEventListener("storage", () => {
    const signedIn = async () => {
      const user = await manager.getUser();
      if (user && !user.expired) answer(await tokenOf(user));
    };
    void signedIn();
  });

  const session: Session = {
    account,
    token: async () => token(await fresh(manager)),
    renewed: async (refused) => token(await fresh(manager, refused)),
    end: async () => {
      // What else has its refresh token could go on for a month.
      await manager.revokeTokens(["refresh_token"]).catch(() => undefined);
      await manager.removeUser();
      // Cognito describes no such address, and wants both of these.
      const back = encodeURIComponent(`${window.location.origin}/`);
      window.location.assign(`${config.sign_in_domain}/logout?client_id=${config.client_id}&logout_uri=${back}`);
    },
    pool: {
      url: new URL("/", config.authority).href,
      token: async (isRefused) => {
        const idToken = await session.token();
        if (isRefused) await session.renewed(idToken);
        const user = await manager.getUser();
        if (user) await tokenOf(user);
        return user?.access_token ?? "";
      },
    },
  };
  return session;
}

const accountOf = (user: User) => String(user.profile[CLAIM]);

/** Another page comes. */
const left = () => new Promise<never>(() => undefined);

/** Takes the sign-in page's answer out of the address. False in a window that was open for it alone, and closes. */
async function cameBack(manager: UserManager): Promise<boolean> {
  const { href, search } = window.location;
  window.history.replaceState(null, "", "/");
  if (search === "") return true;
  try {
    const user = await manager.signinCallback(href);
    if (user === undefined) return false;
    if (typeof user.state === "string") window.history.replaceState(null, "", user.state);
  } catch (error) {
    // An answer that was taken already, by the way back.
    if (await manager.getUser()) return true;
    throw new Error(
      error instanceof ErrorResponse
        ? `${refusalOf(error)} Try again; if that does not help, ask your administrator.`
        : "The sign-in was not finished: it was begun elsewhere, is too old, or the connection broke. Try again.",
    );
  }
  return true;
}

/** Signs in in a window of its own. Raises an error with words for people. */
async function again(manager: UserManager): Promise<User> {
  try {
    return await manager.signinPopup();
  } catch (error) {
    throw new Error(error instanceof ErrorResponse ? refusalOf(error) : "The sign-in page did not open. Let this page open windows, or wait for a network.");
  }
}

/** What the sign-in page says, for people. */
function refusalOf(error: ErrorResponse): string {
  return `The sign-in page let nobody in (${error.error_description ?? error.error}).`;
}

/**
 * Who is signed in, with a token that is good and is not the refused one; null where a new one is refused. One tab asks at
 * a time, and the others find what it has got. Raises Unreachable where nobody answers.
 */
async function fresh(manager: UserManager, refused?: string): Promise<User | null> {
  return await navigator.locks.request(LOCK, async () => {
    const user = await manager.getUser();
    if (user === null || (!user.expired && user.id_token !== refused)) return user;
    try {
      if (user.refresh_token) return await manager.signinSilent();
    } catch (error) {
      if (error instanceof TypeError || error instanceof ErrorTimeout) throw new Unreachable();
    }
    await manager.removeUser();
    return null;
  });
}
