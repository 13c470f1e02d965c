// WeCom's event callback from its own side (WeCom developer pages p/95039, p/90930): verifies the address first, then announces messages,
// signed and encrypted, at most once in 15 s.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

export interface CallbackOptions {
  readonly url: string;
  readonly token: string;
  /** EncodingAESKey, 43 characters. */
  readonly key: string;
  readonly corpId: string;
  readonly clock: { nowMs(): number };
}

export interface CallbackSender {
  /** GET with echostr, as the admin console does when the address is saved. Resolves whether the echo was right; never rejects. */
  verify(): Promise<boolean>;
  /** Announces that there are messages; does nothing within 15 s of the last announcement. */
  announce(): Promise<'sent' | 'too-soon' | 'failed'>;
}

const LEAST_INTERVAL_MS = 15_000;
const BLOCK = 32;

export function createCallbackSender(options: CallbackOptions): CallbackSender {
  const aesKey = Buffer.from(`${options.key}=`, 'base64');
  let lastMs = Number.NEGATIVE_INFINITY;

  const signed = (encrypted: string): string => {
    const timestamp = String(Math.floor(options.clock.nowMs() / 1000));
    const nonce = String(randomBytes(4).readUInt32BE());
    const signature = createHash('sha1')
      .update([options.token, timestamp, nonce, encrypted].sort().join(''))
      .digest('hex');
    return `msg_signature=${signature}&timestamp=${timestamp}&nonce=${nonce}`;
  };
  const separator = options.url.includes('?') ? '&' : '?';

  return {
    async verify() {
      const word = String(randomBytes(6).readUIntBE(0, 6));
      const echo = encrypt(aesKey, word, options.corpId);
      try {
        const answer = await fetch(
          `${options.url}${separator}${signed(echo)}&echostr=${encodeURIComponent(echo)}`,
        );
        return answer.ok && (await answer.text()) === word;
      } catch {
        return false;
      }
    },
    async announce() {
      const now = options.clock.nowMs();
      if (now - lastMs < LEAST_INTERVAL_MS) return 'too-soon';
      lastMs = now;
      const event = `<xml><ToUserName><![CDATA[${options.corpId}]]></ToUserName><FromUserName><![CDATA[sys]]></FromUserName><CreateTime>${Math.floor(now / 1000)}</CreateTime><MsgType><![CDATA[event]]></MsgType><AgentID>2000004</AgentID><Event><![CDATA[msgaudit_notify]]></Event></xml>`;
      const encrypted = encrypt(aesKey, event, options.corpId);
      const body = `<xml><ToUserName><![CDATA[${options.corpId}]]></ToUserName><AgentID><![CDATA[2000004]]></AgentID><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`;
      try {
        const answer = await fetch(`${options.url}${separator}${signed(encrypted)}`, {
          method: 'POST',
          body,
          headers: { 'Content-Type': 'text/xml' },
        });
        return answer.ok ? 'sent' : 'failed';
      } catch {
        return 'failed';
      }
    },
  };
}

/** 16 random bytes, length, message, corp id; PKCS#7 to 32 bytes; AES-256-CBC with the key's own beginning as IV. */
export function encrypt(aesKey: Buffer, message: string, corpId: string): string {
  const text = Buffer.from(message, 'utf8');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  const plain = Buffer.concat([randomBytes(16), length, text, Buffer.from(corpId, 'utf8')]);
  const pad = BLOCK - (plain.length % BLOCK);
  const cipher = createCipheriv('aes-256-cbc', aesKey, aesKey.subarray(0, 16)).setAutoPadding(false);
  return Buffer.concat([
    cipher.update(Buffer.concat([plain, Buffer.alloc(pad, pad)])),
    cipher.final(),
  ]).toString('base64');
}

/** Inverse of {@link encrypt}, for tests of it. */
export function decrypt(aesKey: Buffer, encrypted: string): string {
  const decipher = createDecipheriv('aes-256-cbc', aesKey, aesKey.subarray(0, 16)).setAutoPadding(false);
  const plain = Buffer.concat([decipher.update(Buffer.from(encrypted, 'base64')), decipher.final()]);
  return plain.toString('utf8', 20, 20 + plain.readUInt32BE(16));
}
