// The way from WeCom's servers to the callback: an Ingress, or an HTTPRoute where the tenant names a Gateway. None without a host.
import type { SettledSpec } from '../settled-tenant.ts';
import type { HttpRoute, Ingress, Metadata } from './manifest-types.ts';
import { CALLBACK_PORT } from './render-role-config.ts';

type Callback = NonNullable<SettledSpec['callback']>;

/** `serviceName`: of the workload that captures. */
export function renderCallback(
  metadata: Metadata,
  { callback, serviceName }: { readonly callback: Callback; readonly serviceName: string },
): Ingress | HttpRoute | undefined {
  const { host, gateway } = callback;
  if (host === undefined) return undefined;
  if (gateway === undefined) return renderIngress(metadata, { host, callback, serviceName });
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata,
    spec: {
      parentRefs: [gateway],
      hostnames: [host],
      rules: [{ backendRefs: [{ name: serviceName, port: CALLBACK_PORT }] }],
    },
  };
}

function renderIngress(
  metadata: Metadata,
  of: { readonly host: string; readonly callback: Callback; readonly serviceName: string },
): Ingress {
  const { host, serviceName } = of;
  const { className, tlsSecretName, annotations } = of.callback.ingress ?? {};
  const service = { name: serviceName, port: { name: 'callback' } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { ...metadata, ...(annotations === undefined ? {} : { annotations }) },
    spec: {
      ...(className === undefined ? {} : { ingressClassName: className }),
      ...(tlsSecretName === undefined ? {} : { tls: [{ hosts: [host], secretName: tlsSecretName }] }),
      // The path is whatever was entered in the WeCom admin console; the callback answers on any.
      rules: [{ host, http: { paths: [{ path: '/', pathType: 'Prefix', backend: { service } }] } }],
    },
  };
}
