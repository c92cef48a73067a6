import { Button } from "../../components/Button";
import { ErrorState } from "../../components/ErrorState";
import { Loaded } from "../../components/Loaded";
import { Time } from "../../components/Time";
import { type User, useEndSession, useUserSessions } from "../../queries/people";

/** Where somebody is signed in; each can be ended. */
export function Sessions({ user }: { user: User }) {
  const sessions = useUserSessions(user.user_id);
  const end = useEndSession(user.user_id);
  return (
    <section className="mt-6">
      <h3 className="mb-1 text-14">Sessions</h3>
      <Loaded query={sessions} what="The sessions could not be read">
        {(found) => (found.length === 0 ? <p className="text-muted">Signed in nowhere.</p> : (
          <>
            <ul>
              {found.map((each) => (
                <li key={each.session_id} className="flex min-h-9 flex-wrap items-center gap-x-3 border-t border-line">
                  <span>{each.address ?? "address unknown"}</span>
                  <span className="text-muted">since <Time at={each.began_at} /> · used <Time at={each.last_used_at} /></span>
                  <Button className="ml-auto" disabled={end.isPending} onClick={() => end.mutate(each.session_id)}>End<span className="sr-only"> the session of {each.address}</span></Button>
                </li>
              ))}
            </ul>
            <Button className="mt-2" disabled={end.isPending} onClick={() => end.mutate(null)}>End all sessions</Button>
          </>
        ))}
      </Loaded>
      {end.error && <ErrorState error={end.error} what="The session was not ended" />}
    </section>
  );
}
