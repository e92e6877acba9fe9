/** Finds out who is there: on this machine by a list to pick from, in AWS by the sign-in page. */
import { Container, Title } from "@mantine/core";
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";
import { Failed, Waiting } from "../states";
import { begin, type Config, type Session } from "./session";

const AskAgain = lazy(() => import("./ask-again-dialog"));

export function SignedIn({ config, children }: { config: Config; children: ReactNode }) {
  const [session, setSession] = useState<Session | null>(null);
  const [picker, setPicker] = useState<ReactNode>(null);
  const [error, setError] = useState<unknown>(null);

  useEffect(() => {
    const start = async () => {
      const found = (session: Session) => {
        begin(session);
        setSession(session);
      };
      if (config.sign_in === "cognito") {
        const { signIn } = await import("./cognito");
        found(await signIn(config));
      } else {
        const { chosen, Picker } = await import("./local");
        const before = chosen();
        if (before) found(before);
        else setPicker(<Picker onPick={found} />);
      }
    };
    start().catch(setError);
  }, [config]);

  if (error)
    return (
      <Container size="xs" component="main" py="lg">
        <Title order={1} size="h2" mb="md">
          You are not signed in
        </Title>
        <Failed error={error} again={() => window.location.assign("/")} />
      </Container>
    );
  if (session)
    return (
      <>
        {children}
        <Suspense>
          <AskAgain />
        </Suspense>
      </>
    );
  return picker ?? <Waiting />;
}
