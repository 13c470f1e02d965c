// What the programs of a node are told, as files. Paths of programs that come from the cache are absolute: they run in a mount namespace that shares the disk.
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ADDRESSES, NODE_NAMESPACE } from './namespaces.ts';

export const NODE_NAME = 'node-1';
export const NETWORK = {
  pods: '10.244.0.0/24',
  services: '10.96.0.0/24',
  api: '10.96.0.1',
  dns: '10.96.0.10',
};
export const CONTAINERD_SOCKET = '/run/containerd/containerd.sock';
export const PAUSE_IMAGE = 'docker.io/menshen-test/pause:1';

/** File name → text, to be written into `folder`. */
export function nodeFiles(folder: string, cni: string): Record<string, string> {
  return {
    'resolv.conf': '',
    'kubelet.yaml': stringify(kubelet(folder)),
    'kube-proxy.yaml': stringify(kubeProxy(folder)),
    'containerd.toml': containerd(folder, cni),
    'cni/10-bridge.conflist': JSON.stringify(NETWORKS),
  };
}

function kubelet(folder: string): object {
  const at = (name: string): string => join(folder, name);
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: ADDRESSES.node,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: at('ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    tlsCertFile: at('kubelet-server.crt'),
    tlsPrivateKeyFile: at('kubelet-server.key'),
    containerRuntimeEndpoint: `unix://${CONTAINERD_SOCKET}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${NODE_NAMESPACE}`,
    failSwapOn: false,
    // Less than 0 needs CAP_SYS_RESOURCE, which root in a container may lack.
    oomScoreAdj: 0,
    clusterDNS: [NETWORK.dns],
    clusterDomain: 'cluster.local',
    resolvConf: at('resolv.conf'),
    evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '1%', 'imagefs.available': '1%' },
    nodeStatusUpdateFrequency: '2s',
    volumePluginDir: at('volume-plugins'),
  };
}

function kubeProxy(folder: string): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: join(folder, 'kubeconfig-kube-proxy') },
    mode: 'iptables',
    hostnameOverride: NODE_NAME,
    clusterCIDR: NETWORK.pods,
    bindAddress: ADDRESSES.node,
    oomScoreAdj: 0,
    // These would be set for the whole machine.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  };
}

function containerd(folder: string, cni: string): string {
  return `version = 2
root = "${join(folder, 'containerd')}"
state = "/run/containerd"
[grpc]
  address = "${CONTAINERD_SOCKET}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${join(folder, 'containerd-opt')}"
[plugins."io.containerd.grpc.v1.cri"]
  restrict_oom_score_adj = true
  sandbox_image = "${PAUSE_IMAGE}"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cni}"
    conf_dir = "${join(folder, 'cni')}"
`;
}

const NETWORKS = {
  cniVersion: '0.4.0',
  name: 'pods',
  plugins: [
    {
      type: 'bridge',
      bridge: 'cni0',
      isGateway: true,
      ipMasq: true,
      hairpinMode: true,
      ipam: {
        type: 'host-local',
        dataDir: '/run/cni-ipam',
        ranges: [[{ subnet: NETWORK.pods }]],
        routes: [{ dst: '0.0.0.0/0' }],
      },
    },
    { type: 'portmap', capabilities: { portMappings: true } },
  ],
};
