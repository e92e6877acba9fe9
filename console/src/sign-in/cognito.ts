/** Amazon Cognito's sign-in page, by the code flow with PKCE. The API reads the account in the ID token. */
import { UserManager, WebStorageStateStore, type User } from "oidc-client-ts";
import { askAgain } from "./ask-again";
import type { Config, Session } from "./session";

const CALLBACK = "/signed-in";
const CLAIM = "cognito:username";

/** The session of who has signed in; leaves the page for the sign-in page when nobody has. */
export async function signIn(config: Config): Promise<Session> {
  const manager = new UserManager({
    authority: config.authority ?? "",
    client_id: config.client_id ?? "",
    redirect_uri: `${window.location.origin}${CALLBACK}`,
    popup_redirect_uri: `${window.location.origin}${CALLBACK}`,
    response_type: "code",
    scope: "openid",
    // On the device, so that an installed app that was killed opens without asking again.
    userStore: new WebStorageStateStore({ store: window.localStorage }),
    automaticSilentRenew: true,
  });
  if (window.location.pathname === CALLBACK) {
    if (window.opener) {
      await manager.signinPopupCallback();
      return new Promise(() => undefined);
    }
    const back = await manager.signinRedirectCallback();
    window.history.replaceState(null, "", typeof back.state === "string" ? back.state : "/");
  }
  const user = await current(manager);
  if (user === null) {
    await manager.signinRedirect({ state: window.location.pathname + window.location.search });
    return new Promise(() => undefined);
  }
  return {
    account: String(user.profile[CLAIM]),
    token: async () => (await current(manager))?.id_token ?? "",
    renewed: async () => {
      const renewed = await manager.signinSilent().catch(() => null);
      return renewed?.id_token ?? askAgain(async () => (await manager.signinPopup()).id_token ?? "");
    },
    end: async () => {
      await manager.removeUser();
      const left = encodeURIComponent(`${window.location.origin}/`);
      window.location.assign(`${config.sign_in_domain}/logout?client_id=${config.client_id}&logout_uri=${left}`);
    },
  };
}

async function current(manager: UserManager): Promise<User | null> {
  const user = await manager.getUser();
  if (user === null || !user.expired) return user;
  // Without a network the old token opens what the device has kept.
  return manager.signinSilent().catch(() => (navigator.onLine ? null : user));
}
