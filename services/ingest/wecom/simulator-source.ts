// Source engine `Simulator`: our own client of the protocol that the Finance SDK speaks, for development, demo and tests.
// It is refused for any address outside this machine or cluster: real WeCom is reached through the official SDK only.
import { createDecipheriv, createSecretKey } from 'node:crypto';
import type { Decimal } from '@menshen/contracts/decimal';
import { badAnswer, type SourceFault, unreachable } from './classify-errcode.ts';
import type { HttpExchange } from './http-exchange.ts';
import { isClusterInternal } from './is-cluster-internal.ts';
import { readPage } from './read-page.ts';
import { readSdkFileId, type SdkFileId } from './read-sdkfileid.ts';
import { readJson, type ServerApi } from './server-api.ts';
import type { ChunkOutcome, ChunkRequest, MessageSource, PullOutcome } from './source.ts';

export interface SimulatorSourceOptions {
  readonly apiUrl: string;
  readonly http: HttpExchange;
  /** With the archive app's secret. */
  readonly api: ServerApi;
  /** Whole pull, ms. */
  readonly pullTimeoutMs: number;
}

/** Ciphertext bytes of one media chunk, as the SDK asks for them. */
export const CHUNK_BYTES = 524_288;
const MAX_PAGE_BYTES = 256 * 1024 * 1024;
const CHUNK_TIMEOUT_MS = 30_000;
/** The `version` an SDK build writes; the field is required, its value is ours to choose. */
const PROTOCOL_VERSION = 3;

/** Throws an `Error` for people when the address is not loopback or cluster-internal. */
export function refuseForeignAddress(apiUrl: string): URL {
  const url = new URL(apiUrl);
  if (isClusterInternal(url)) return url;
  throw new Error(
    `source engine Simulator is refused for ${url.host}: it may only talk to this machine (localhost, 127.0.0.0/8, ::1) or to a Service ` +
      'of this cluster (a name without dots, *.svc, *.cluster.local). For real WeCom use the engine FinanceSDK',
  );
}

export class SimulatorSource implements MessageSource {
  readonly engine = 'Simulator';
  readonly #options: SimulatorSourceOptions;

  constructor(options: SimulatorSourceOptions) {
    refuseForeignAddress(options.apiUrl);
    this.#options = options;
  }

  async pull(fromSeq: Decimal, limit: number): Promise<PullOutcome> {
    // Written by hand: a seq beyond 2^53 must reach the wire as a number, not as a rounded one.
    const body = `{"seq":${fromSeq},"limit":${limit},"version":${PROTOCOL_VERSION},"encrypt_sign":"0"}`;
    return await this.#options.api.withToken<Extract<PullOutcome, { ok: true }>>(async (token) => {
      const answer = await this.#options.http.exchange({
        method: 'POST',
        path: `/cgi-bin/message/getchatdata?access_token=${encodeURIComponent(token)}`,
        headers: FORM,
        body,
        timeoutMs: this.#options.pullTimeoutMs,
        maxBodyBytes: MAX_PAGE_BYTES,
      });
      return answer.ok ? readPage(answer.body) : answer;
    });
  }

  async mediaChunk(request: ChunkRequest): Promise<ChunkOutcome> {
    const file = readSdkFileId(request.sdkfileid);
    if (file === undefined) return { ok: false, fault: BAD_FILE_ID };
    const from = request.index === '' ? 0 : Number(request.index);
    if (!Number.isSafeInteger(from) || from < 0 || from % AES_BLOCK_BYTES !== 0)
      return { ok: false, fault: badAnswer('the stored media index is damaged') };
    const piece = await this.#options.api.withToken<Piece>((token) =>
      this.#fetchPiece({ file, from, token }),
    );
    return piece.ok ? decryptPiece(piece, file.aesKey) : piece;
  }

  close(): Promise<void> {
    this.#options.http.close();
    return Promise.resolve();
  }

  async #fetchPiece(of: {
    file: SdkFileId;
    from: number;
    token: string;
  }): Promise<Piece | { ok: false; fault: SourceFault }> {
    const answer = await this.#options.http.exchange({
      method: 'POST',
      path: `/cgi-bin/message/getchatmediadata?access_token=${encodeURIComponent(of.token)}`,
      headers: { ...FORM, Range: `bytes=${of.from}-${of.from + CHUNK_BYTES - 1}` },
      body: JSON.stringify({ fileid: of.file.fileid, authkey: of.file.authkey, version: PROTOCOL_VERSION }),
      timeoutMs: CHUNK_TIMEOUT_MS,
      maxBodyBytes: 4 * CHUNK_BYTES,
    });
    if (!answer.ok) return answer;
    const json = readJson(answer.body);
    if (!json.ok) return json;
    if (typeof json.fields.content !== 'string')
      return { ok: false, fault: badAnswer('the media answer has no content') };
    // Node lower-cases header names, so however the server or a proxy spells it, it is found.
    return readPiece(
      Buffer.from(json.fields.content, 'base64'),
      of.from,
      String(answer.headers['content-range'] ?? ''),
    );
  }
}

const FORM = { 'Content-Type': 'application/x-www-form-urlencoded' };
const AES_BLOCK_BYTES = 16;

const BAD_FILE_ID: SourceFault = {
  action: 'GiveUpItem',
  reason: 'BadFileId',
  errcode: undefined,
  detail: 'sdkfileid is not what WeCom makes: nobody can fetch this file',
};

interface Piece {
  readonly ok: true;
  readonly ciphertext: Buffer;
  /** First ciphertext byte after this piece. */
  readonly end: number;
  /** Ciphertext bytes of the whole file. */
  readonly total: number;
}

/** Checks a piece against its `CONTENT-RANGE: BYTES a-b/total`; a header that is missing or does not fit would cut the file silently. */
export function readPiece(
  ciphertext: Buffer,
  from: number,
  contentRange: string,
): Piece | { ok: false; fault: SourceFault } {
  const [, first, last, total] = (/^\s*bytes\s+(\d+)-(\d+)\/(\d+)\s*$/i.exec(contentRange) ?? []).map(Number);
  if (first === undefined || last === undefined || total === undefined)
    return { ok: false, fault: badAnswer('the media answer has no usable CONTENT-RANGE') };
  if (first !== from || last + 1 - first !== ciphertext.length || last >= total)
    return { ok: false, fault: unreachable('the media answer is shorter than its CONTENT-RANGE says') };
  return { ok: true, ciphertext, end: last + 1, total };
}

/** AES-128-ECB with PKCS#7 over the whole file: only the last piece has padding, so a file of n × 524,288 bytes ends with an empty one. */
function decryptPiece(piece: Piece, aesKey: Buffer): ChunkOutcome {
  const isLast = piece.end === piece.total;
  try {
    const decipher = createDecipheriv('aes-128-ecb', createSecretKey(aesKey), null);
    decipher.setAutoPadding(isLast);
    const head = decipher.update(piece.ciphertext);
    const tail = decipher.final();
    return { ok: true, data: Buffer.concat([head, tail]), isLast, nextIndex: String(piece.end) };
  } catch {
    return { ok: false, fault: badAnswer('the media piece does not decrypt') };
  }
}
