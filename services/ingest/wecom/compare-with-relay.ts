// What the library returned against what the relay had given it. The library is foreign code whose heap may be damaged: a page that is not byte by
// byte what WeCom answered, or a verdict that WeCom did not give, must never move a cursor or give a file up. Pure.
import type { RelayMode } from '../relay/open-relay.ts';
import type { RelayedAnswer, RelayReport } from '../relay/relayed-answer.ts';
import { SDK_VERIFIES, type SdkFunction } from './classify-sdk-code.ts';
import { readIndex } from './sdk-media-index.ts';

/** What the host passed on of one call. */
export interface SdkReturned {
  readonly code: number;
  readonly isFinish: boolean;
  readonly index: string;
  readonly data: Uint8Array;
  /** SHA-256 of `data`, hex; only asked for a page. */
  readonly sha256: () => string;
  /** SHA-256, hex, of the ciphertext that `data` is the plaintext of; `undefined` when its key is not known. Only asked for a piece of a file. */
  readonly sealedSha256: (isLast: boolean) => string | undefined;
}

/** In pass-through mode nobody sees the answers, so nothing can be compared. For people when they disagree, else `undefined`. */
export function findDisagreement(
  of: SdkFunction,
  returned: SdkReturned,
  told: readonly RelayReport[],
  mode: RelayMode,
): string | undefined {
  if (mode === 'PassThrough') return undefined;
  const call = of === 'GetChatData' ? 'getchatdata' : 'getchatmediadata';
  const given = told.findLast(
    (report): report is RelayedAnswer => report.kind === 'Answer' && report.call === call,
  );
  if (returned.code !== 0) return disagreesByCode(returned.code, given, told);
  if (of === 'GetChatData') return disagreesByPage(returned, given);
  return disagreesByPiece(returned, given);
}

/** Codes that end something for good, although WeCom had answered with what was asked for. */
const FINAL_CODES: readonly number[] = [10000, 10005, 10009, 10010];

function disagreesByCode(
  code: number,
  given: RelayedAnswer | undefined,
  told: readonly RelayReport[],
): string | undefined {
  if (code === SDK_VERIFIES && told.length > 0) return 'it says that it refuses a certificate which it took';
  const wasServed = given?.fault === undefined && given?.errcode === 0;
  return wasServed && FINAL_CODES.includes(code)
    ? `it returned ${code} for what WeCom had answered`
    : undefined;
}

/** An empty page is how the library tells of a connection that was closed (measured): it moves nothing. */
function disagreesByPage(returned: SdkReturned, given: RelayedAnswer | undefined): string | undefined {
  if (returned.data.length === 0) return undefined;
  if (given?.givenSha256 === undefined) return 'it returned a page that nobody gave it';
  return given.givenSha256 === returned.sha256() ? undefined : 'it returned another page than WeCom answered';
}

const BLOCK_BYTES = 16;

/**
 * The relay sees ciphertext: the plaintext of a piece is as long, the last one shorter by one to sixteen bytes of padding. Sealed again it must be
 * the same ciphertext, because AES in ECB mode has no chance in it.
 */
function disagreesByPiece(returned: SdkReturned, given: RelayedAnswer | undefined): string | undefined {
  const range = given?.fault === undefined && given?.errcode === 0 ? given.range : undefined;
  if (range === undefined) return 'it returned a piece that nobody gave it';
  const sealed = range.to + 1 - range.from;
  const isLast = range.to + 1 === range.total;
  const padding = sealed - returned.data.length;
  if (returned.isFinish !== isLast) return 'it is wrong about the end of the file';
  if (isLast ? padding < 1 || padding > BLOCK_BYTES : padding !== 0)
    return 'the piece is not as long as WeCom’s';
  if (!isLast && readIndex(returned.index) !== String(range.to + 1))
    return 'it is wrong about where the file goes on';
  const sealedSha256 = returned.sealedSha256(isLast);
  return sealedSha256 === undefined || sealedSha256 === given?.givenSha256
    ? undefined
    : 'it returned other bytes than the piece holds';
}
