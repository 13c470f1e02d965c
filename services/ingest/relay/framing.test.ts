// However bytes are cut, spaced and framed on either side, the other side gets the same request and the same answer.
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { createServer, type TLSSocket } from 'node:tls';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callAsSdk, openTestRelay, split, type TestRelay, wecomCertificate } from './relay.testkit.ts';

/** What the next request is answered with, and what came. */
let answerPieces: readonly Buffer[] = [];
let closesAfter = false;
let seen = Buffer.alloc(0);
let test: TestRelay;
const sockets = new Set<TLSSocket>();
const { certificatePem: cert, keyPem: key } = wecomCertificate;
const server = createServer({ cert, key }, (socket) => {
  sockets.add(socket);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    if (isWhole(seen)) void send(socket);
  });
});

async function send(socket: TLSSocket): Promise<void> {
  for (const piece of answerPieces) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (closesAfter) socket.end();
}

function isWhole(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n');
  const length = /content-length: *(\d+)/i.exec(bytes.toString('latin1', 0, end))?.[1] ?? '0';
  return end >= 0 && bytes.length >= end + 4 + Number(length);
}

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  test = await openTestRelay({
    upstream: { host: '127.0.0.1', port: (server.address() as AddressInfo).port },
  });
});
afterAll(async () => {
  await test.relay.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

/** Cuts bytes at these places. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((from, i) => bytes.subarray(from, at[i] ?? bytes.length));
}

const FRAMINGS = ['length', 'chunked', 'close'] as const;

function frame(
  body: Buffer,
  of: { framing: (typeof FRAMINGS)[number]; header: string; places: readonly number[] },
): Buffer {
  const head = (line: string): Buffer => Buffer.from(`HTTP/1.1 200 OK\r\n${of.header}\r\n${line}\r\n\r\n`);
  if (of.framing === 'length') return Buffer.concat([head(`Content-Length: ${body.length}`), body]);
  if (of.framing === 'close') return Buffer.concat([head('Connection: close'), body]);
  const chunks = cut(body, of.places).filter((chunk) => chunk.length > 0);
  const parts = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([head('Transfer-Encoding: chunked'), ...parts, Buffer.from('0\r\n\r\n')]);
}

const places = fc.array(fc.nat(5000), { maxLength: 6 });
const inCase = (text: string) =>
  fc
    .array(fc.boolean(), { minLength: text.length, maxLength: text.length })
    .map((upper) =>
      [...text]
        .map((letter, i) => (upper[i] === true ? letter.toUpperCase() : letter.toLowerCase()))
        .join(''),
    );

describe('a piece of a file', () => {
  it('arrives unchanged with its range in the SDK’s spelling, however both sides cut and frame it', async () => {
    const cases = fc.record({
      blocks: fc.integer({ min: 1, max: 200 }),
      from: fc.nat(1000),
      rest: fc.nat(5),
      framing: fc.constantFrom(...FRAMINGS),
      name: inCase('content-range'),
      unit: inCase('bytes'),
      rangeName: inCase('range'),
      space: fc.constantFrom('', ' ', '  '),
      answerCuts: places,
      requestCuts: places,
      chunks: places,
      version: fc.constantFrom('1.0', '1.1'),
    });
    await fc.assert(
      fc.asyncProperty(cases, async (of) => {
        const from = of.from * 16;
        const to = from + of.blocks * 16 - 1;
        const total = to + 1 + of.rest * 16;
        const content = Buffer.alloc(of.blocks * 16, of.from & 0xff).toString('base64');
        const body = Buffer.from(JSON.stringify({ errcode: 0, errmsg: 'ok', content }));
        const header = `${of.name}:${of.space}${of.unit} ${from}-${to}/${total}`;
        answerPieces = cut(frame(body, { framing: of.framing, header, places: of.chunks }), of.answerCuts);
        closesAfter = of.framing === 'close';
        seen = Buffer.alloc(0);
        const asked = Buffer.from(
          JSON.stringify({ fileid: 'f'.repeat(of.blocks), authkey: 'é', version: 1 }),
        );
        const path = `/cgi-bin/message/getchatmediadata?access_token=${'t'.repeat(of.rest + 1)}`;
        const head = `POST ${path} HTTP/${of.version}\r\nHost: qyapi.weixin.qq.com\r\n${of.rangeName}:bytes=${from}-${to}\r\nContent-Length: ${asked.length}\r\n\r\n`;
        const request = cut(Buffer.concat([Buffer.from(head), asked]), of.requestCuts);
        const { bytes } = await callAsSdk({ relay: test.relay, request });
        expect(split(bytes).head.split('\r\n')).toContain(`CONTENT-RANGE: BYTES ${from}-${to}/${total}`);
        expect(split(bytes).head.split('\r\n')).toContain(`Content-Length: ${body.length}`);
        expect(split(bytes).body).toBe(body.toString());
        const lines = seen.toString('latin1', 0, seen.indexOf('\r\n\r\n')).split('\r\n');
        expect(lines[0]).toBe(`POST ${path} HTTP/1.1`);
        expect(lines).toEqual(
          expect.arrayContaining([`Range: bytes=${from}-${to}`, 'Host: qyapi.weixin.qq.com']),
        );
        expect(seen.subarray(seen.indexOf('\r\n\r\n') + 4).equals(asked)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('that ends early, at any byte and in any framing, never reaches the SDK as if it were whole', async () => {
    const content = Buffer.alloc(320, 3).toString('base64');
    const body = Buffer.from(JSON.stringify({ errcode: 0, errmsg: 'ok', content }));
    const request =
      'POST /cgi-bin/message/getchatmediadata?access_token=t HTTP/1.0\r\nRange:bytes=0-319\r\nContent-Length: 2\r\n\r\n{}';
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...FRAMINGS), fc.nat(), async (framing, place) => {
        const whole = frame(body, { framing, header: 'CONTENT-RANGE: BYTES 0-319/640', places: [100, 200] });
        answerPieces = [whole.subarray(0, place % (framing === 'length' ? whole.length : whole.length - 8))];
        closesAfter = true;
        seen = Buffer.alloc(0);
        const { bytes } = await callAsSdk({ relay: test.relay, request });
        expect(split(bytes).json).toMatchObject({ errcode: -1 });
        expect(split(bytes).head).not.toContain('CONTENT-RANGE');
      }),
      { numRuns: 60 },
    );
  });
});
