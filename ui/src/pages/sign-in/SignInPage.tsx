/** Signing in: with a password, or at a provider. */
import { useRouter, useSearch } from "@tanstack/react-router";
import { type FormEvent, useId, useState } from "react";
import { Button } from "../../components/Button";
import { Field, Input } from "../../components/Field";
import { useTab, useTitle } from "../../lib/tab";
import { failureWords, localPath } from "./search";
import { providerAddress, useConfig, useSignIn } from "../../queries/session";

/** Where one goes after a sign-in at a provider that failed: the address that comes back does not say it. */
const KEPT = "gitflow.next";

export function SignInPage() {
  const search = useSearch({ from: "/sign-in" });
  const next = localPath(search.next ?? (search.failed && sessionStorage.getItem(KEPT)));
  const { data: config } = useConfig();
  const router = useRouter();
  useTitle("Sign in");
  useTab(0);
  return (
    <main className="mx-auto flex h-full w-80 max-w-[calc(100vw-32px)] flex-col justify-center">
      <h1 className="mb-6 flex items-center gap-2 text-20"><img src="/favicon.svg" alt="" width={24} height={24} />Sign in to gitflow</h1>
      {search.failed && config && <p role="alert" className="mb-4 rounded-md border border-bad p-3 wrap-anywhere">{failureWords[search.failed](config.oidc_providers.find((each) => each.id === search.provider)?.display_name ?? "The provider")}</p>}
      {config?.oidc_providers.map((provider) => (
        <Button key={provider.id} className="mb-2" onClick={() => { sessionStorage.setItem(KEPT, next); location.assign(providerAddress(provider.id, next)); }}>Sign in with {provider.display_name}</Button>
      ))}
      {config?.has_internal_auth && config.oidc_providers.length > 0 && <p className="my-3 text-center text-12 text-muted">or with a password</p>}
      {config?.has_internal_auth && <PasswordForm onDone={() => router.history.replace(next)} />}
      {config && !config.has_internal_auth && config.oidc_providers.length === 0 && <p>This server is open: nobody signs in here. <a href="/" className="text-accent underline">Go to the overview</a></p>}
    </main>
  );
}

function PasswordForm({ onDone }: { onDone: () => void }) {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signIn = useSignIn();
  const ids = { email: useId(), password: useId() };
  const send = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ email, password }, { onSuccess: onDone });
  };
  return (
    <form onSubmit={send}>
      <Field id={ids.email} label="Email">
        <Input id={ids.email} type="email" autoComplete="username" required value={email} onChange={(event) => setEmail(event.target.value)} />
      </Field>
      <Field id={ids.password} label="Password" error={signIn.error?.message}>
        <Input id={ids.password} type="password" autoComplete="current-password" required value={password} onChange={(event) => setPassword(event.target.value)} />
      </Field>
      <Button type="submit" look="primary" className="w-full" disabled={signIn.isPending}>Sign in</Button>
    </form>
  );
}
