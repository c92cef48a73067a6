/** The typed client of the native API. Every call goes through `answer`, which turns a refusal into an ApiError. */
import createClient from "openapi-fetch";
import { ApiError, type ErrorBody, Unreachable } from "./problem";
import { refreshed } from "./session";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];

export const api = createClient<paths>({ baseUrl: "", fetch: fetchWithSession });

/** An expired access token is renewed once, with the refresh cookie, and the call is made again. */
async function fetchWithSession(request: Request): Promise<Response> {
  const again = request.clone();
  const response = await reach(request);
  if (response.status !== 401 || new URL(request.url).pathname.startsWith("/api/auth/login")) return response;
  return (await refreshed()) ? reach(again) : response;
}

async function reach(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Unreachable();
  }
}

type Answered<T> = { data?: T; error?: unknown; response: Response };

/** The data of a call. Throws ApiError. */
export async function answer<T>(call: Promise<Answered<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok) throw new ApiError(response.status, error as ErrorBody | undefined);
  return data as T;
}

/** The data of a call to a list, and the cursor of its next page. Throws ApiError. */
export async function page<T>(call: Promise<Answered<T>>): Promise<{ items: T; next: string | null }> {
  const { data, error, response } = await call;
  if (!response.ok) throw new ApiError(response.status, error as ErrorBody | undefined);
  return { items: data as T, next: nextCursor(response.headers.get("Link")) };
}

/** The cursor in `Link: <…?cursor=…>; rel="next"`. */
export function nextCursor(link: string | null): string | null {
  const address = link?.split(",").find((part) => part.includes('rel="next"'))?.match(/<([^>]*)>/)?.[1];
  return address === undefined ? null : new URL(address, "http://any").searchParams.get("cursor");
}
