// Generated from crds/wecomtenants.yaml by crds/generate-types.ts. Do not edit: change the CRD and run `npm run generate`.

/**
 * WeComTenant is one WeCom corporation: where its messages come from, where they are kept, which policies may judge them and who is told. Secrets are only ever referenced, from the namespace of the tenant.
 */
export interface WeComTenant {
  apiVersion: 'menshen.dev/v1alpha1';
  kind: 'WeComTenant';
  metadata: ObjectMeta;
  spec: WeComTenantSpec;
  status?: WeComTenantStatus;
}
export interface ObjectMeta {
  name: string;
  namespace?: string;
  uid?: string;
  generation?: number;
  resourceVersion?: string;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  labels?: {
    [k: string]: string;
  };
  annotations?: {
    [k: string]: string;
  };
}
/**
 * Where messages come from, where they go, and who is told.
 */
export interface WeComTenantSpec {
  /**
   * Corporation id as the WeCom admin console shows it under My Company, such as `ww1234567890abcdef`. The key of everything that is kept (streams, databases, objects), so it can never change.
   */
  corpId: string;
  /**
   * IANA time zone in which times are shown to people. Everything is stored in UTC. Default Asia/Shanghai.
   */
  timeZone?: string;
  archive: Archive;
  source?: Source;
  callback?: Callback;
  directory?: Directory;
  media?: Media;
  messaging: Messaging;
  storage: Storage;
  policies?: PolicyAdmission;
  deployment?: TenantDeployment;
  scanner?: Scanner;
  /**
   * Model servers that policies may ask about texts (condition model). A scanner POSTs `{"texts": […]}` and takes `{"model", "version", "scores": [{"<label>": 0.93}]}`, one entry a text. What a policy asks about leaves the tenant's pods for this address, so choose it as carefully as an archive. Default, none.
   *
   * @maxItems 8
   */
  models?: ModelServer[];
  alerting?: Alerting;
  networkPolicy?: TenantNetworkPolicy;
  /**
   * What becomes of the streams, keys, database and users of this tenant when it is deleted. Retain: they stay until somebody removes them. Delete: they are removed after reclaimAfter, unless a tenant of the same corpId has come back by then, which has its data again. The record itself, in the bucket or on the volume, is never removed by the operator. Default Retain.
   */
  reclaimPolicy?: 'Retain' | 'Delete';
  /**
   * With reclaimPolicy Delete: how long after the deletion, from 1h. Default 168h, 7 days.
   */
  reclaimAfter?: string;
  /**
   * Stops every role of the tenant; nothing is deleted. WeCom keeps messages for 5 days only: a longer suspension loses what came before. Default false.
   */
  suspend?: boolean;
}
/**
 * Credentials of WeCom's message archive (会话内容存档).
 */
export interface Archive {
  secretRef: SecretKeyRef;
  /**
   * RSA private keys of every version that was ever published to WeCom. Each message names the version it was encrypted for; one whose version is missing here is kept as a dead letter.
   *
   * @minItems 1
   * @maxItems 64
   */
  privateKeys: PrivateKey[];
}
/**
 * The archive application's secret, from Admin Tools / Message Archive of the WeCom admin console.
 */
export interface SecretKeyRef {
  /**
   * Name of a Secret in the tenant's namespace.
   */
  name: string;
  /**
   * Key under the Secret's data.
   */
  key: string;
}
export interface PrivateKey {
  /**
   * Version number that the WeCom admin console gave the public key. Unique in the list.
   */
  version: number;
  secretRef: SecretKeyRef;
}
/**
 * Where messages are pulled from, by what, and how hard.
 */
export interface Source {
  /**
   * FinanceSDK: Tencent's own library, which you supply (`sdk`), in a confined process. Simulator: Menshen's own client of the archive protocol, for the WeCom simulator only. Default FinanceSDK.
   */
  engine?: 'FinanceSDK' | 'Simulator';
  /**
   * Base URL of the WeCom server APIs and of the archive protocol, without `/cgi-bin`. With engine FinanceSDK whoever answers there must prove to be qyapi.weixin.qq.com. Default https://qyapi.weixin.qq.com.
   */
  apiUrl?: string;
  sdk?: FinanceSdk;
  /**
   * Labels of the nodes from which WeCom is called, where their address is the one on WeCom's list of trusted addresses. Binds only the pod that captures. Default (absent), any node.
   */
  nodeSelector?: {
    [k: string]: string;
  };
  proxy?: EgressProxy;
  trust?: Trust;
  /**
   * Most messages a pull may bring. Default 990, which is what one atomic batch holds.
   */
  pageLimit?: number;
  /**
   * Most pulls a minute. Default 600, WeCom's own limit for the archive.
   */
  pullsPerMinute?: number;
  /**
   * Longest wait between two pulls while nothing comes, such as `500ms` or `10s`. Default 2s.
   */
  pollInterval?: string;
  /**
   * RSA worker threads; decryption is what capture spends its CPU on. Default 1.
   */
  decryptWorkers?: number;
}
/**
 * With engine FinanceSDK: where its library is and what it may use.
 */
export interface FinanceSdk {
  /**
   * Absolute path in the container of the Linux C library of the Finance SDK, for the processor of the node. Default /opt/wecom-sdk/libWeWorkFinanceSdk_C.so.
   */
  libraryPath?: string;
  /**
   * PersistentVolumeClaim in the tenant's namespace that holds the library, mounted read-only at /opt/wecom-sdk. Default (absent), none: the library is part of the image.
   */
  volumeClaimName?: string;
  image?: SdkImage;
  /**
   * Longest time of one call of the SDK, in whole seconds, such as `30s`. Default 30s.
   */
  callTimeout?: string;
  /**
   * Address space of each process of the SDK, from 100Mi; it uses a small part of it, and an SDK that leaks is replaced when it has used it up. Default 512Mi.
   */
  memoryLimit?: string;
  /**
   * Processes that fetch media, beside the one that pulls messages; each runs only while it has work. The SDK does one thing at a time, so this many files are fetched at a time. Default 2.
   */
  mediaProcesses?: number;
}
/**
 * Image of your own that holds the library, as the alternative to volumeClaimName. Default (absent), none: the library is part of the image of the services, or on a volume.
 */
export interface SdkImage {
  /**
   * Image, by digest where possible, such as `registry.example/wecom-sdk@sha256:…`.
   */
  reference: string;
  /**
   * Absolute path of the library in that image. Default /libWeWorkFinanceSdk_C.so.
   */
  path?: string;
  /**
   * Copy: an init container of the image, which must have `sh` and `cp`, copies the library to libraryPath. ImageVolume: the image is mounted at /opt/wecom-sdk and libraryPath is not read; needs nothing in the image but the library, and Kubernetes with the feature ImageVolume. Default Copy.
   */
  by?: 'Copy' | 'ImageVolume';
}
/**
 * With engine FinanceSDK: the proxy by which WeCom is reached. Default (absent), directly.
 */
export interface EgressProxy {
  urlSecretRef: SecretKeyRef;
}
/**
 * With engine FinanceSDK: who may vouch for WeCom. Its certificate is always verified. Default (absent), the public authorities.
 */
export interface Trust {
  caSecretRef?: SecretKeyRef;
  /**
   * SHA-256 of public keys (SPKI) in base64; one of them must be WeCom's or that of an authority above it. Default empty, any authority will do.
   *
   * @maxItems 16
   */
  pins?: string[];
}
/**
 * WeCom's "new messages" event (msgaudit_notify), received on port 8090 of the tenant's Service. A hint that saves waiting for the next poll; polling goes on. Default (absent), polling only.
 */
export interface Callback {
  /**
   * Host name of the URL in the WeCom admin console, such as `wecom-events.acme.example`; an Ingress, or an HTTPRoute where gateway is given, leads it to the tenant. Default (absent), none is made: you lead it there yourself.
   */
  host?: string;
  ingress?: CallbackIngress;
  gateway?: CallbackGateway;
  tokenSecretRef: SecretKeyRef;
  aesKeySecretRef: SecretKeyRef;
}
/**
 * How the Ingress is made. Default (absent), by the cluster's default class and without TLS of its own.
 */
export interface CallbackIngress {
  /**
   * IngressClass. Default (absent), the cluster's default class.
   */
  className?: string;
  /**
   * Secret of type kubernetes.io/tls in the tenant's namespace. Default (absent), TLS is the controller's own affair.
   */
  tlsSecretName?: string;
  /**
   * Annotations of the Ingress, such as those of cert-manager or of the controller.
   */
  annotations?: {
    [k: string]: string;
  };
}
/**
 * Gateway (gateway.networking.k8s.io) to which an HTTPRoute is attached in place of an Ingress. Default (absent), none.
 */
export interface CallbackGateway {
  /**
   * Name of the Gateway.
   */
  name: string;
  /**
   * Namespace of the Gateway. Default (absent), the tenant's.
   */
  namespace?: string;
  /**
   * Listener of the Gateway. Default (absent), every listener that fits.
   */
  sectionName?: string;
}
/**
 * Members, departments, external contacts and groups, stamped on each message when it is captured. Default (absent), none: policies then know neither departments nor who is external, and such messages match every direction.
 */
export interface Directory {
  secretRef: SecretKeyRef;
  /**
   * Time between two full reads of the directory, such as `30m`. Default 1h.
   */
  refreshInterval?: string;
}
/**
 * Files, images, voice and video of the messages.
 */
export interface Media {
  /**
   * Whether media are fetched. When not, each leaves a gap record. Default true.
   */
  enabled?: boolean;
  /**
   * Files fetched at a time. Default 4.
   */
  concurrency?: number;
  /**
   * Largest file that is fetched, bytes with an optional Ki, Mi, Gi or Ti. A larger one leaves a gap record. Default 2Gi.
   */
  maxBytes?: string;
}
/**
 * The NATS servers between the roles, with JetStream.
 */
export interface Messaging {
  /**
   * Address of the NATS servers, such as `nats://nats.messaging.svc:4222`; several are separated by commas.
   */
  url: string;
  credentialsSecretRef?: SecretKeyRef;
  /**
   * Copies of each stream and bucket, 1 or 3. With 1 the server must run with `sync_interval always` to be durable. Default 1.
   */
  replicas?: 1 | 3;
  /**
   * Size at which a stream takes no more, and capture waits, bytes with an optional Ki, Mi, Gi or Ti. Must be well below the volume of the server. Default 8Gi.
   */
  maxStreamBytes?: string;
}
/**
 * Where the record is kept (objects), and where it is asked (ClickHouse).
 */
export interface Storage {
  objects: ObjectStore;
  segments?: Segments;
  clickhouse: ClickHouse;
}
/**
 * Segments, media, policies and lexicons. Exactly one of folder and s3.
 */
export interface ObjectStore {
  folder?: FolderStore;
  s3?: S3Store;
}
/**
 * A folder on a volume.
 */
export interface FolderStore {
  /**
   * PersistentVolumeClaim in the tenant's namespace. With profile Scaled several pods mount it, so it must be ReadWriteMany. In local mode, a folder of that name under the data directory.
   */
  volumeClaimName: string;
}
/**
 * A bucket of an S3-compatible store.
 */
export interface S3Store {
  /**
   * Name of the bucket; it must exist.
   */
  bucket: string;
  /**
   * Put before every object key; ends with a slash. Default empty.
   */
  prefix?: string;
  /**
   * URL of the store. Default (absent), AWS by region.
   */
  endpoint?: string;
  /**
   * Region the requests are signed for, such as `cn-north-1`.
   */
  region: string;
  /**
   * Whether the bucket stands in the path instead of the host name, as most stores other than AWS want it. Default false.
   */
  forcePathStyle?: boolean;
  accessKeyIdSecretRef: SecretKeyRef;
  secretAccessKeySecretRef: SecretKeyRef;
}
/**
 * When a segment, the immutable object that holds a run of messages, is closed.
 */
export interface Segments {
  /**
   * A segment is closed at this size, bytes with an optional Ki, Mi, Gi or Ti. Default 16Mi.
   */
  maxBytes?: string;
  /**
   * A segment is closed at this age at the latest, which bounds how late a message is archived. Default 5s.
   */
  maxAge?: string;
}
/**
 * The ClickHouse that answers questions. The tenant's database is `wecom_` followed by the corpId.
 */
export interface ClickHouse {
  /**
   * HTTP interface, such as `http://clickhouse.data.svc:8123`.
   */
  url: string;
  /**
   * User. Default `default`.
   */
  username?: string;
  passwordSecretRef?: SecretKeyRef;
  /**
   * Single: one server. Cluster: replicated tables, made on every server of the cluster. Default Single.
   */
  layout?: 'Single' | 'Cluster';
}
/**
 * From which namespaces CompliancePolicies may judge this tenant.
 */
export interface PolicyAdmission {
  /**
   * Same: only the tenant's own namespace. Selector: the tenant's own namespace, and those that namespaceSelector admits. Default Same.
   */
  from?: 'Same' | 'Selector';
  namespaceSelector?: NamespaceSelector;
}
/**
 * Namespaces whose policies are admitted, by their labels. All requirements must hold; an empty selector admits every namespace.
 */
export interface NamespaceSelector {
  /**
   * Labels a namespace must carry with exactly these values; `kubernetes.io/metadata.name` is its name.
   */
  matchLabels?: {
    [k: string]: string;
  };
  /**
   * Requirements on a namespace's labels; all must hold.
   *
   * @maxItems 16
   */
  matchExpressions?: NamespaceRequirement[];
}
export interface NamespaceRequirement {
  /**
   * Label key.
   */
  key: string;
  /**
   * How the label's value relates to values.
   */
  operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
  /**
   * Values for In and NotIn.
   *
   * @maxItems 64
   */
  values?: string[];
}
/**
 * How the roles (ingest, archiver, scanner, notifier) are run.
 */
export interface TenantDeployment {
  /**
   * Compact: all roles in one pod. Scaled: a Deployment per role. Changing it loses nothing. Default Compact.
   */
  profile?: 'Compact' | 'Scaled';
  /**
   * Secrets in the tenant's namespace by which images are pulled. Default (absent), none.
   *
   * @maxItems 8
   */
  imagePullSecrets?: PullSecret[];
  /**
   * Labels of the nodes that may run the tenant's pods. Default (absent), any node.
   */
  nodeSelector?: {
    [k: string]: string;
  };
  /**
   * Taints that the tenant's pods tolerate. Default (absent), none.
   *
   * @maxItems 16
   */
  tolerations?: Toleration[];
  /**
   * PriorityClass of the tenant's pods. Default (absent), the cluster's default.
   */
  priorityClassName?: string;
  /**
   * How the scanners are spread over nodes or zones. Default (absent), as the scheduler likes.
   *
   * @maxItems 4
   */
  topologySpread?: TopologySpread[];
  resources?: PodResources;
}
export interface PullSecret {
  /**
   * Name of a Secret of type kubernetes.io/dockerconfigjson.
   */
  name: string;
}
export interface Toleration {
  /**
   * Key of the taint. Default (absent), with operator Exists, every key.
   */
  key?: string;
  /**
   * Whether the value counts. Default (absent), Equal.
   */
  operator?: 'Exists' | 'Equal';
  /**
   * Value of the taint, with operator Equal.
   */
  value?: string;
  /**
   * Effect of the taint. Default (absent), every effect.
   */
  effect?: 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';
  /**
   * With effect NoExecute, how long a pod stays, seconds. Default (absent), for ever.
   */
  tolerationSeconds?: number;
}
export interface TopologySpread {
  /**
   * Label of nodes over whose values pods are spread, such as `topology.kubernetes.io/zone`.
   */
  topologyKey: string;
  /**
   * Most pods that one value may have more than another. Default 1.
   */
  maxSkew?: number;
  /**
   * What becomes of a pod that cannot be placed so. Default ScheduleAnyway.
   */
  whenUnsatisfiable?: 'ScheduleAnyway' | 'DoNotSchedule';
}
/**
 * What each pod of the tenant asks for and may use.
 */
export interface PodResources {
  /**
   * CPU asked for, cores or millicores such as `500m`. Default 100m.
   */
  cpuRequest?: string;
  /**
   * Memory asked for, bytes with an optional Ki, Mi, Gi or Ti. Default 256Mi.
   */
  memoryRequest?: string;
  /**
   * Memory at which a pod is ended and started again, bytes with an optional Ki, Mi, Gi or Ti. Default 1Gi.
   */
  memoryLimit?: string;
}
/**
 * How messages are judged.
 */
export interface Scanner {
  /**
   * Fewest scanner processes. Default 1.
   */
  minReplicas?: number;
  /**
   * Most scanner processes; how many run in between follows from the age of the oldest message that waits to be judged. Conversations are spread over 16 partitions, so at most 16. Default 1.
   */
  maxReplicas?: number;
  /**
   * Age of the oldest waiting message above which scanners are added, such as `10s` or `1m`. Default 10s.
   */
  targetDelay?: string;
  /**
   * How long messages must have been judged well within targetDelay before a scanner is taken away, one at a time. Default 5m.
   */
  scaleDownWindow?: string;
  /**
   * Who sets the number of scanners. Operator: the operator itself. KEDA: a ScaledObject that asks the Prometheus of kedaPrometheusUrl; KEDA must be installed. Default Operator.
   */
  autoscaler?: 'Operator' | 'KEDA';
  /**
   * With autoscaler KEDA: base URL of the Prometheus that scrapes the scanners. Default (absent), none.
   */
  kedaPrometheusUrl?: string;
  /**
   * Messages judged and acknowledged together. Default 256.
   */
  batchSize?: number;
}
export interface ModelServer {
  /**
   * Name by which policies ask, unique in the tenant.
   */
  name: string;
  /**
   * Where to POST. A URL that is itself a credential does not belong here.
   */
  url: string;
  /**
   * Longest wait for one answer; messages wait as long once, and are judged without it after that. Default 2s.
   */
  timeout?: string;
  /**
   * Most texts in one request. Default 32.
   */
  batchSize?: number;
  tokenSecretRef?: SecretKeyRef;
}
/**
 * Who is told of findings.
 */
export interface Alerting {
  /**
   * Ways out. Default none.
   *
   * @maxItems 32
   */
  channels?: AlertingChannel[];
  /**
   * Which findings are told to which channels. A finding takes every route it fits, unless its policy's actions name channels of their own; a channel is told once, grouped as by the first route that names it. Default none.
   *
   * @maxItems 32
   */
  routes?: AlertingRoute[];
}
/**
 * Exactly one of webhook, alertmanager and weComRobot.
 */
export interface AlertingChannel {
  /**
   * Name of the channel, unique in the tenant. Routes and policies name it.
   */
  name: string;
  /**
   * Whether notices carry the text that was found. When not, they carry ids only. Default false.
   */
  includeContent?: boolean;
  webhook?: WebhookChannel;
  alertmanager?: AlertmanagerChannel;
  weComRobot?: WeComRobotChannel;
}
/**
 * A POST of JSON, signed by HMAC-SHA256 when there is a key.
 */
export interface WebhookChannel {
  /**
   * Where to POST. A URL that is itself a credential does not belong here.
   */
  url: string;
  signingKeySecretRef?: SecretKeyRef;
}
/**
 * Prometheus Alertmanager, API v2.
 */
export interface AlertmanagerChannel {
  /**
   * Base URL, without `/api/v2`.
   */
  url: string;
}
/**
 * A robot of a WeCom group (消息推送).
 */
export interface WeComRobotChannel {
  urlSecretRef: SecretKeyRef;
}
export interface AlertingRoute {
  /**
   * Name of the route, unique in the tenant.
   */
  name: string;
  /**
   * Least severity of a finding that takes the route. Default Low.
   */
  minSeverity?: 'Low' | 'Medium' | 'High' | 'Critical';
  /**
   * Names of the policies whose findings take the route. Default (empty), all.
   *
   * @maxItems 64
   */
  policies?: string[];
  /**
   * Names of channels under spec.alerting.channels.
   *
   * @minItems 1
   * @maxItems 16
   */
  channels: string[];
  /**
   * What findings must have in common to be told together. Default Policy and Conversation.
   *
   * @maxItems 4
   */
  groupBy?: ('Policy' | 'Rule' | 'Conversation' | 'Sender')[];
  /**
   * How long the first finding of a group waits for company before it is told. Default 1s.
   */
  groupWait?: string;
  /**
   * Least time between two notices of one group; findings in between are told together after it. Default 5m.
   */
  repeatInterval?: string;
}
/**
 * What the tenant's pods may reach, and who may reach them.
 */
export interface TenantNetworkPolicy {
  /**
   * Open: no NetworkPolicy. Standard: DNS, what the spec's URLs name, and public addresses on TCP 443 for WeCom; nothing private, link-local or of the cloud's metadata. A host outside of the cluster that a URL gives by name is any public address on its port. Strict: as Standard, but WeCom only by source.proxy, or at the address blocks that WeCom itself names, and hosts outside that are given by name only in allowedCidrs; where that is empty their ports stay open, and NetworkRestricted is False with the reason OpenByName. Default Standard.
   */
  mode?: 'Open' | 'Standard' | 'Strict';
  /**
   * Address blocks that may be reached on any TCP port as well, for a NATS, ClickHouse, object store or alert receiver outside of the cluster whose name leads to a private address. With mode Strict, hosts outside that are given by name are reached in these blocks only: list those of all of them. source.proxy needs none: capture says where it is. Default none.
   *
   * @maxItems 32
   */
  allowedCidrs?: string[];
}
/**
 * What became of the tenant. Findings are not kept here.
 */
export interface WeComTenantStatus {
  /**
   * Generation of the spec this status speaks of. 0 while it is paused and none was ever applied.
   */
  observedGeneration?: number;
  /**
   * Newest generation of the spec of which everything is written. Absent before there is one.
   */
  appliedGeneration?: number;
  /**
   * Value of the annotation menshen.dev/reconcile-at that was last acted upon.
   */
  lastHandledReconcileAt?: string;
  ingest?: IngestStatus;
  scanner?: ScannerStatus;
  policies?: PoliciesStatus;
  /**
   * Deployments of the tenant.
   *
   * @maxItems 8
   */
  workloads?: WorkloadStatus[];
  /**
   * When the counters above were last written.
   */
  countersRefreshedAt?: string;
  /**
   * Ready: messages flow, or nothing is there to flow and all parts are up. Reconciling and Stalled: being worked on, or waiting for a person. The other types, and every reason, stand in operator/tenants/README.md.
   *
   * @maxItems 24
   */
  conditions?: StatusCondition[];
}
/**
 * What capture says of itself. Refreshed every 5 to 7 minutes.
 */
export interface IngestStatus {
  /**
   * Sequence number of WeCom up to which messages are captured.
   */
  cursor?: string;
  /**
   * When the newest captured message was sent, to the minute.
   */
  lastMessageTime?: string;
  /**
   * Members whose messages WeCom archives.
   */
  permittedSeats?: number;
  /**
   * Coverage gaps that are open.
   */
  openGaps?: number;
  /**
   * Messages of about the last 7 days that could not be read and are kept as they came, rounded. Each can be replayed.
   */
  deadLetters?: number;
  /**
   * Where WeCom, or the proxy on the way to it, is, as capture last said; networkPolicy lets capture through to it.
   *
   * @maxItems 256
   */
  apiAddressBlocks?: string[];
}
/**
 * What judging says of itself. Refreshed every 5 to 7 minutes.
 */
export interface ScannerStatus {
  /**
   * Scanners that are wanted now.
   */
  replicas?: number;
  /**
   * Messages that wait to be judged, rounded.
   */
  pending?: number;
  /**
   * Age of the oldest of them, rounded, seconds.
   */
  oldestPendingSeconds?: number;
}
/**
 * CompliancePolicies that judge this tenant.
 */
export interface PoliciesStatus {
  /**
   * Policies in force.
   */
  matched?: number;
  /**
   * Policies that were refused; each says why in its own status.
   */
  rejected?: number;
}
export interface WorkloadStatus {
  /**
   * Name of the Deployment.
   */
  name: string;
  /**
   * Pods wanted.
   */
  replicas: number;
  /**
   * Pods that are ready.
   */
  ready: number;
}
export interface StatusCondition {
  /**
   * Kind of condition.
   */
  type: string;
  /**
   * Whether it holds.
   */
  status: 'True' | 'False' | 'Unknown';
  /**
   * Generation of the spec it speaks of.
   */
  observedGeneration?: number;
  /**
   * When status last changed.
   */
  lastTransitionTime: string;
  /**
   * Machine-readable reason.
   */
  reason: string;
  /**
   * For people, what is wrong and what to do.
   */
  message: string;
}
