// One table: what a return code of the Finance SDK means and what to do about it (WeCom developer page p/91552; when each really comes, as measured
// on a Linux build). The codes say little: GetMediaData turns nearly every errcode into 10002. What the relay saw of the same call says more.
import type { RelayedAnswer, RelayFault, RelayReport } from '../relay/relayed-answer.ts';
import {
  badAnswer,
  classifyErrcode,
  type FaultAction,
  type SourceFault,
  unreachable,
} from './classify-errcode.ts';

export type SdkFunction = 'Init' | 'GetChatData' | 'GetMediaData';

/** The build verifies certificates itself and does not take the relay's. */
export const SDK_VERIFIES = 10011;
/** Worth a few tries, each with a new handle. */
export const SDK_PARSE_FAILURE = 10002;

/** The fault that a return code other than 0 stands for. */
export function classifySdkCode(code: number, of: SdkFunction): SourceFault {
  // Whatever Init says, nothing was asked yet and nothing may be given up.
  if (of === 'Init' && code !== 10000) return badAnswer(`the SDK answered ${code} to Init`);
  switch (code) {
    case 10000:
      return badParameter(of);
    case 10001:
      return unreachable('the SDK could not reach WeCom (10001)');
    case 10002:
      return badAnswer('the SDK could not read the answer (10002)');
    case 10003:
      return badAnswer('the answer had no content (10003)');
    case 10005:
      return giveUp('the SDK does not take this sdkfileid (10005): nobody can fetch this file');
    case 10006:
      return badAnswer('the piece of the file does not decrypt (10006)');
    case 10009:
      return classifyErrcode(301042);
    case 10010:
      return classifyErrcode(301048);
    case SDK_VERIFIES:
      return fault('CallOperator', 'NotVerified', NOT_TRUSTED_BY_SDK);
    default:
      return badAnswer(`the SDK answered ${code}, which is not documented for ${of}`);
  }
}

/** Better than code or errcode alone: what the relay saw of the same call, gettoken first, because all else follows from it. */
export function explainByRelay(fault: SourceFault, told: readonly RelayReport[]): SourceFault {
  const troubled = told.filter((report) => report.fault !== undefined || errcodeOf(report) !== 0);
  const token = troubled.find((report) => report.kind === 'Answer' && report.call === 'gettoken');
  const telling = token ?? troubled.at(-1);
  if (telling === undefined) return fault;
  return telling.fault === undefined ? classifyErrcode(errcodeOf(telling)) : faultOfRelay(telling.fault);
}

const errcodeOf = (report: RelayReport): number =>
  report.kind === 'Answer' ? ((report satisfies RelayedAnswer).errcode ?? 0) : 0;

/** Why no usable answer of WeCom came, as the relay and our own verified connections say it. */
export function faultOfRelay({ reason, cause, detail }: RelayFault): SourceFault {
  switch (reason) {
    case 'NotVerified':
      return fault(
        'CallOperator',
        'NotVerified',
        `whoever answers at WeCom's address is not WeCom (${cause ?? 'unknown'}, ${detail}); nothing was sent to them. Look for a proxy that ` +
          'inspects TLS: let qyapi.weixin.qq.com pass it, or name its authority in source.trust',
      );
    case 'Unreachable':
    case 'Timeout':
    case 'Cut':
      return unreachable(`WeCom cannot be reached: ${detail}`);
    case 'ProxyRefused':
      return unreachable(`the outgoing proxy refuses: ${detail}; look at source.proxy and at its rules`);
    case 'NoToken':
      return classifyErrcode(41001);
    case 'TooLong':
    case 'BadStatus':
    case 'NotJson':
    case 'BadRange':
      return badAnswer(detail);
  }
}

const NOT_TRUSTED_BY_SDK =
  'this SDK build verifies certificates itself and does not trust what it was shown (10011): it needs the authorities of this system, or ' +
  'whoever answers is not WeCom';

function badParameter(of: SdkFunction): SourceFault {
  if (of === 'GetMediaData')
    return giveUp('the SDK does not take this sdkfileid or index (10000): nobody can fetch this file');
  if (of === 'Init')
    return fault(
      'FixConfig',
      'RejectedByWeCom',
      'corpId or the archive secret is empty (10000): fill the Secret',
    );
  return fault(
    'FixConfig',
    'SdkUnusable',
    'the SDK refuses what it is asked (10000): its interface is not the documented one, use another version of it',
  );
}

const giveUp = (detail: string): SourceFault => fault('GiveUpItem', 'BadFileId', detail);

function fault(action: FaultAction, reason: SourceFault['reason'], detail: string): SourceFault {
  return { action, reason, errcode: undefined, detail };
}
