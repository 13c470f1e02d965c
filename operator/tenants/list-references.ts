// Every Secret and key that a tenant's spec names, with the field that names it. What a Secret is worth only its user can find out.
import type { SecretKeyRef } from '@menshen/crds/types/wecomtenants';
import type { SettledSpec } from './settled-tenant.ts';

export interface Reference {
  /** `spec.archive.secretRef`. */
  readonly field: string;
  readonly ref: SecretKeyRef;
}

/** In the order of the spec. Local pull secrets and TLS secrets are the kubelet's and the controller's business. */
export function listReferences(spec: SettledSpec): Reference[] {
  return [
    ...found('spec.archive.secretRef', spec.archive.secretRef),
    ...spec.archive.privateKeys.flatMap(({ version, secretRef }) =>
      found(`spec.archive.privateKeys[version=${version}].secretRef`, secretRef),
    ),
    ...found('spec.source.proxy.urlSecretRef', spec.source.proxy?.urlSecretRef),
    ...found('spec.source.trust.caSecretRef', spec.source.trust?.caSecretRef),
    ...found('spec.callback.tokenSecretRef', spec.callback?.tokenSecretRef),
    ...found('spec.callback.aesKeySecretRef', spec.callback?.aesKeySecretRef),
    ...found('spec.directory.secretRef', spec.directory?.secretRef),
    ...found('spec.messaging.credentialsSecretRef', spec.messaging.credentialsSecretRef),
    ...found('spec.storage.objects.s3.accessKeyIdSecretRef', spec.storage.objects.s3?.accessKeyIdSecretRef),
    ...found(
      'spec.storage.objects.s3.secretAccessKeySecretRef',
      spec.storage.objects.s3?.secretAccessKeySecretRef,
    ),
    ...found('spec.storage.clickhouse.passwordSecretRef', spec.storage.clickhouse.passwordSecretRef),
    ...(spec.models ?? []).flatMap(({ name, tokenSecretRef }) =>
      found(`spec.models[name=${name}].tokenSecretRef`, tokenSecretRef),
    ),
    ...spec.alerting.channels.flatMap(({ name, webhook, weComRobot }) => [
      ...found(
        `spec.alerting.channels[name=${name}].webhook.signingKeySecretRef`,
        webhook?.signingKeySecretRef,
      ),
      ...found(`spec.alerting.channels[name=${name}].weComRobot.urlSecretRef`, weComRobot?.urlSecretRef),
    ]),
  ];
}

function found(field: string, ref: SecretKeyRef | undefined): Reference[] {
  return ref === undefined ? [] : [{ field, ref }];
}
