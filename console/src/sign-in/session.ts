/** The seam between the console and who says who its user is. */

export interface Session {
  /** The account, as the token names it; what is kept on the device is kept under it. */
  readonly account: string;
  /** The token to send. */
  token(): Promise<string>;
  /** Another token than the refused one: silently, else by asking the user over the page, which stays as it is. */
  renewed(refused: string): Promise<string>;
  /** Forget the user; the page is left. */
  end(): Promise<void>;
  /** What lets users in by password; none on this machine. */
  readonly pool?: Pool;
}

export interface Pool {
  /** Where its own API is. */
  readonly url: string;
  /** The token that this API takes; a new one where the last was refused. */
  token(isRefused?: boolean): Promise<string>;
}

export interface Config {
  sign_in: "local" | "cognito";
  authority?: string;
  client_id?: string;
  sign_in_domain?: string;
  service_worker?: boolean;
}

let current: Session | null = null;

export function begin(session: Session): void {
  current = session;
}

/** Whose calls these are. */
export function session(): Session {
  if (current === null) throw new Error("nobody is signed in");
  return current;
}
