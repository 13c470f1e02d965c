// The certificates of one control plane, by openssl: an authority, the server's, an administrator's, and the keys of ServiceAccounts. A real node
// needs more of them from the same authority.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface CertificateFiles {
  readonly ca: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly adminCertificate: string;
  readonly adminKey: string;
  readonly serviceAccountKey: string;
  readonly serviceAccountPublicKey: string;
}

export interface CertificateWish {
  /** Of the files, `<name>.crt` and `<name>.key`. */
  readonly name: string;
  /** As openssl writes it, such as `/O=system:masters/CN=admin`. */
  readonly subject: string;
  /** Present for a server: its names, as openssl writes them, such as `IP:127.0.0.1,DNS:localhost`. */
  readonly serverNames?: string;
}

const SERVER_NAMES =
  'IP:127.0.0.1,IP:10.0.0.1,DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc';
const DAYS = ['-days', '30'];
const NEW_KEY = ['-newkey', 'rsa:2048', '-nodes'];

/** Writes them into `folder`; good for 30 days. Rejects when there is no openssl. */
export async function issueCertificates(
  folder: string,
  serverNames: string = SERVER_NAMES,
): Promise<CertificateFiles> {
  const at = (name: string): string => join(folder, name);
  const subject = '/CN=control-plane-ca';
  await openssl(
    folder,
    'req',
    '-x509',
    ...NEW_KEY,
    ...DAYS,
    '-subj',
    subject,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  );
  await issueCertificate(folder, { name: 'apiserver', subject: '/CN=kube-apiserver', serverNames });
  await issueCertificate(folder, { name: 'admin', subject: '/O=system:masters/CN=admin' });
  await openssl(folder, 'genrsa', '-out', 'sa.key', '2048');
  await openssl(folder, 'rsa', '-in', 'sa.key', '-pubout', '-out', 'sa.pub');
  return {
    ca: at('ca.crt'),
    serverCertificate: at('apiserver.crt'),
    serverKey: at('apiserver.key'),
    adminCertificate: at('admin.crt'),
    adminKey: at('admin.key'),
    serviceAccountKey: at('sa.key'),
    serviceAccountPublicKey: at('sa.pub'),
  };
}

/** One more certificate of the authority that {@link issueCertificates} founded in this folder. One at a time: they are numbered. */
export async function issueCertificate(folder: string, wish: CertificateWish): Promise<void> {
  const { name, subject, serverNames } = wish;
  const names = serverNames === undefined ? '' : `subjectAltName=${serverNames}\n`;
  const usage = serverNames === undefined ? 'clientAuth' : 'serverAuth';
  await writeFile(join(folder, `${name}.ext`), `extendedKeyUsage=${usage}\n${names}`);
  const request = ['-subj', subject, '-keyout', `${name}.key`, '-out', `${name}.csr`];
  await openssl(folder, 'req', '-new', ...NEW_KEY, ...request);
  const authority = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', ...DAYS];
  const files = ['-in', `${name}.csr`, '-extfile', `${name}.ext`, '-out', `${name}.crt`];
  await openssl(folder, 'x509', '-req', ...authority, ...files);
}

async function openssl(folder: string, ...args: string[]): Promise<void> {
  await run('openssl', args, { cwd: folder });
}
