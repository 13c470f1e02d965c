// The certificate that the SDK is shown, read back by OpenSSL.
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeCertificate } from './make-certificate.ts';

describe('the ephemeral certificate', () => {
  it('is an X.509 v3 server certificate for the host, self-signed, RSA-2048, and fits its key', async () => {
    const nowMs = Date.UTC(2026, 10, 24, 1, 2, 3);
    const { certificatePem, keyPem } = await makeCertificate('qyapi.weixin.qq.com', nowMs);
    const certificate = new X509Certificate(certificatePem);
    expect(certificate.subject).toBe('CN=qyapi.weixin.qq.com');
    expect(certificate.subjectAltName).toBe('DNS:qyapi.weixin.qq.com');
    expect(certificate.checkHost('other.qq.com')).toBeUndefined();
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(2048);
    expect([certificate.verify(certificate.publicKey), certificate.checkIssued(certificate)]).toEqual([
      true,
      true,
    ]);
    expect(certificate.checkPrivateKey(createPrivateKey(keyPem))).toBe(true);
    expect(certificate.validFromDate.getTime()).toBe(nowMs - 24 * 3_600_000);
    expect(certificate.validToDate.getUTCFullYear()).toBe(2036);
  });

  it.each([
    { now: Date.UTC(2039, 0, 1), until: 2048 },
    { now: Date.UTC(2041, 0, 1), until: 2050 },
    { now: Date.UTC(2052, 0, 1), until: 2061 },
  ])(
    'is valid until $until, on either side of the year in which its form changes',
    async ({ now, until }) => {
      const { certificatePem } = await makeCertificate('a', now);
      expect(new X509Certificate(certificatePem).validToDate.getUTCFullYear()).toBe(until);
    },
  );

  it('is another one every time: key and serial number', async () => {
    const made = await Promise.all([1, 2].map(() => makeCertificate('a', 0)));
    const [one, other] = made.map(({ certificatePem }) => new X509Certificate(certificatePem));
    expect(one?.serialNumber).not.toBe(other?.serialNumber);
    expect(one?.publicKey.equals(other?.publicKey as NonNullable<typeof other>['publicKey'])).toBe(false);
  });
});
