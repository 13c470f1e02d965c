// sdkfileid is base64 of a protobuf with the file's id, its authkey and its AES key (field numbers of MsgSdkFileId, as measured on the Finance SDK).
// The whole string is a credential: it is never logged, nor is anything in it.
import { readProtobuf } from '../read-protobuf.ts';

export interface SdkFileId {
  readonly fileid: string;
  readonly authkey: string;
  /** 16 bytes. */
  readonly aesKey: Buffer;
}

const FILEID = 1;
const AUTHKEY = 2;
const AESKEY = 3;

/** `undefined` when it is not what WeCom makes; such a file cannot be fetched by anyone. */
export function readSdkFileId(sdkfileid: string): SdkFileId | undefined {
  const fields = readProtobuf(Buffer.from(sdkfileid, 'base64'));
  const text = (field: number): string | undefined => {
    const value = fields?.get(field);
    return value instanceof Buffer ? value.toString('latin1') : undefined;
  };
  const fileid = text(FILEID);
  const hex = text(AESKEY);
  if (fileid === undefined || hex === undefined || !/^[0-9a-fA-F]{32}$/.test(hex)) return undefined;
  return { fileid, authkey: text(AUTHKEY) ?? '', aesKey: Buffer.from(hex, 'hex') };
}
