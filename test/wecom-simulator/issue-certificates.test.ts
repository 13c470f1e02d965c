// Certificates that others must be able to believe or to refuse for the right reason.
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { foundAuthority, issueCertificate } from './issue-certificates.ts';

const valid = { fromMs: Date.UTC(2026, 0, 2, 3, 4, 5), untilMs: Date.UTC(2030, 11, 31) };
const authority = foundAuthority('An Authority', valid);
const root = new X509Certificate(authority.certificatePem);

describe('a certificate by an authority', () => {
  const leaf = new X509Certificate(
    issueCertificate({ names: ['a.example', 'b.example'], ...valid }, authority).certificatePem,
  );

  it('carries its names, its time and the signature of the authority', () => {
    expect(leaf.subjectAltName).toBe('DNS:a.example, DNS:b.example');
    expect([leaf.checkHost('b.example'), leaf.checkHost('c.example')]).toEqual(['b.example', undefined]);
    expect(leaf.validFromDate.getTime()).toBe(valid.fromMs);
    expect(leaf.validToDate.getTime()).toBe(valid.untilMs);
    expect([leaf.checkIssued(root), leaf.verify(root.publicKey)]).toEqual([true, true]);
    expect([root.ca, leaf.ca]).toEqual([true, false]);
  });

  it('is not signed by another authority of the same name', () => {
    const impostor = new X509Certificate(foundAuthority('An Authority', valid).certificatePem);
    expect(leaf.verify(impostor.publicKey)).toBe(false);
  });

  it('fits its key, again and again: lengths of signatures differ', () => {
    for (let i = 0; i < 50; i++) {
      const { certificatePem, keyPem } = issueCertificate(
        { names: ['x'.repeat(i + 1)], ...valid },
        undefined,
      );
      const own = new X509Certificate(certificatePem);
      expect(own.verify(own.publicKey)).toBe(true);
      expect(own.toString().trim()).toBe(certificatePem.trim());
      expect(keyPem).toContain('BEGIN PRIVATE KEY');
    }
  });
});
