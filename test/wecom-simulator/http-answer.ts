// Answers on the wire, byte by byte as WeCom's: upper-case CONTENT-RANGE (clients match it case-sensitively), JSON bodies, and the faults.
import type { ServerResponse } from 'node:http';
import type { Fault } from './faults.ts';

export interface Answer {
  readonly body: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends the answer, or what the fault makes of it. */
export async function sendAnswer(
  response: ServerResponse,
  answer: Answer,
  fault: Fault | undefined,
): Promise<void> {
  if (fault?.kind === 'slow') await new Promise((resolve) => setTimeout(resolve, fault.delayMs ?? 1000));
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body, 'utf8') : answer.body;
  switch (fault?.kind) {
    case 'http-502':
      return end(response, 502, { body: '<html><body><h1>502 Bad Gateway</h1></body></html>' });
    case 'empty':
      return end(response, 200, { body: '' });
    case 'not-json':
      return end(response, 200, { body: '<html><body>Sign in to the network</body></html>' });
    case 'truncated':
      return cutAfter(response, answer.headers, {
        declared: body.length,
        sent: body.subarray(0, body.length >> 1),
      });
    case 'cut':
      response.socket?.destroy();
      return;
    case 'wrong-range-header':
      return end(response, 200, {
        body,
        headers: { 'Content-Range': answer.headers?.['CONTENT-RANGE']?.replace('BYTES', 'bytes') ?? '' },
      });
    case 'no-range-header':
      return end(response, 200, { body });
    case 'empty-content':
      return end(response, 200, { ...answer, body: json({ content: '' }) });
    case 'flipped-content':
      return end(response, 200, { ...answer, body: flipMiddle(body) });
    case 'errmsg':
      return end(response, 200, { ...answer, body: sayInsteadOfOk(body, fault.errmsg ?? '') });
    default:
      return end(response, 200, { ...answer, body });
  }
}

function end(response: ServerResponse, status: number, answer: Answer): void {
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body, 'utf8') : answer.body;
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=UTF-8',
    'Content-Length': body.length,
    ...answer.headers,
  });
  response.end(body);
}

/** What failed says something else than "ok" already, and keeps it. */
function sayInsteadOfOk(body: Buffer, errmsg: string): Buffer {
  return Buffer.from(body.toString('utf8').replace(OK, () => `"errmsg":${JSON.stringify(errmsg)}`));
}

const OK = '"errmsg":"ok"';
export const saysOk = ({ body }: Answer): boolean => body.includes(OK);

/** One character of the base64 in the middle of a media answer becomes another: nothing but a hash notices. */
function flipMiddle(body: Buffer): Buffer {
  const middle = body.length >> 1;
  const flipped = Buffer.from(body);
  flipped[middle] = body[middle] === LETTER_A ? LETTER_A + 1 : LETTER_A;
  return flipped;
}

const LETTER_A = 0x41;

/** Promises more bytes than it sends, then closes the connection. */
function cutAfter(
  response: ServerResponse,
  headers: Readonly<Record<string, string>> | undefined,
  part: { declared: number; sent: Buffer },
): void {
  response.writeHead(200, { 'Content-Length': part.declared, ...headers });
  response.write(part.sent, () => response.socket?.destroy());
}

export const json = (fields: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ errcode: 0, errmsg: 'ok', ...fields });
export const failure = (errcode: number, errmsg: string): string =>
  JSON.stringify({ errcode, errmsg: `${errmsg}, hint: [${errcode}], from ip: 127.0.0.1` });
