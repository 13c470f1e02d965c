// A list from somebody else's server: by HTTPS only, no larger than agreed, and not again when it is still the one that is known.
import { Refusal } from '../command.ts';

export interface ListRequest {
  readonly url: string;
  /** Of the list that is known. */
  readonly etag?: string;
  readonly mostBytes: number;
  readonly fetch: typeof fetch;
}

export type FetchedList =
  | { readonly kind: 'Same' }
  | { readonly kind: 'Fetched'; readonly bytes: Uint8Array; readonly etag: string | undefined };

/** The whole answer must have come by then, ms. */
const TIMEOUT_MS = 60_000;
const MOST_REDIRECTS = 3;

/** Throws {@link Refusal} with the address, what came and what to do. */
export async function fetchList(request: ListRequest): Promise<FetchedList> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await follow(request, signal);
  if (response.status === 304) return { kind: 'Same' };
  if (response.status !== 200)
    throw failed(
      request,
      `answers ${response.status}`,
      'check the address, or ask whoever publishes the list',
    );
  // A sign-in page or a company's proxy answers 200 as well.
  if (/^text\/html/i.test(response.headers.get('content-type') ?? ''))
    throw failed(request, 'answers with a web page', 'give the address of the list itself');
  const bytes = await readBody(request, response);
  return { kind: 'Fetched', bytes, etag: response.headers.get('etag') ?? undefined };
}

/** Redirects are followed by hand, because each must be HTTPS too. */
async function follow(request: ListRequest, signal: AbortSignal): Promise<Response> {
  let { url } = request;
  for (let hops = 0; hops <= MOST_REDIRECTS; hops++) {
    const response = await ask(request, url, signal);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status === 304 || response.status >= 400 || location === null)
      return response;
    await response.body?.cancel();
    url = checkAddress(new URL(location, url).href, `${request.url} leads to`);
  }
  throw failed(request, `leads on more than ${MOST_REDIRECTS} times`, 'give the address it ends at');
}

async function ask(request: ListRequest, url: string, signal: AbortSignal): Promise<Response> {
  const headers: Record<string, string> = request.etag === undefined ? {} : { 'if-none-match': request.etag };
  try {
    return await request.fetch(url, { headers, redirect: 'manual', signal });
  } catch (error) {
    throw failed(
      request,
      `cannot be reached (${reasonOf(error)})`,
      'check the address and the network',
      error,
    );
  }
}

async function readBody(request: ListRequest, response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of response.body ?? []) {
      size += part.length;
      if (size > request.mostBytes) break;
      parts.push(part);
    }
  } catch (error) {
    throw failed(request, `broke off (${reasonOf(error)})`, 'try again', error);
  }
  if (size > request.mostBytes)
    throw failed(
      request,
      `is larger than ${request.mostBytes} bytes`,
      'raise --max-bytes, or take a smaller list',
    );
  return Buffer.concat(parts);
}

/** Throws {@link Refusal} unless the address is HTTPS and carries no password. */
export function checkAddress(url: string, what = '--from-url is'): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'https:')
    throw new Refusal('Usage', `${what} ${url}: a list that decides verdicts comes by https:// only`);
  if (parsed.username !== '' || parsed.password !== '')
    throw new Refusal(
      'Usage',
      `${what} an address with a password in it: command lines can be read by others`,
    );
  return url;
}

function failed({ url }: ListRequest, what: string, remedy: string, cause?: unknown): Refusal {
  return new Refusal('Failed', `${url} ${what}: ${remedy}`, cause);
}

function reasonOf(error: unknown): string {
  const { cause, name } = error as { cause?: { code?: string }; name?: string };
  return cause?.code ?? name ?? 'unknown error';
}
