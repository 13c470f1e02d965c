// The configuration of every role, rendered by the operator from a WeComTenant into one JSON file; secrets are files beside it, named here.
// Checked by ajv when a process starts, because it crosses a border: another version of the operator may have written it.

/** Path of a mounted file that holds one secret value. */
export type SecretFile = string;

export type ObjectsConfig =
  | { readonly kind: 'Folder'; readonly path: string }
  | {
      readonly kind: 'S3';
      readonly bucket: string;
      readonly prefix: string;
      readonly endpoint?: string;
      readonly region: string;
      readonly forcePathStyle: boolean;
      readonly accessKeyIdFile: SecretFile;
      readonly secretAccessKeyFile: SecretFile;
    };

/** Tencent's library, which the user supplies, and how much it may use. */
export interface SdkConfig {
  readonly libraryPath: string;
  /** The SDK's own limit for one call, connecting included, 1..300 s. */
  readonly callTimeoutSeconds: number;
  /** Address space of each of its processes, bytes. */
  readonly memoryLimitBytes: number;
  /** Processes that fetch media, beside the one that pulls; each is there only while it has work. */
  readonly mediaProcesses: number;
}

export interface IngestConfig {
  readonly engine: 'FinanceSDK' | 'Simulator';
  /** Base URL of the server APIs and of the chat data protocol. FinanceSDK: https, and verified as WeCom whatever host it names. */
  readonly apiUrl: string;
  /** With engine FinanceSDK, and only then. */
  readonly sdk?: SdkConfig;
  /** FinanceSDK: the way out. `urlFile` holds `http://[user:password@]host:port` or `socks5://…`. Absent = directly. */
  readonly proxy?: { readonly urlFile: SecretFile };
  /** FinanceSDK: what is trusted as WeCom beside Node's own authorities, and what must be in its chain. */
  readonly trust?: {
    /** PEM of further authorities. */
    readonly caFile?: SecretFile;
    /** SHA-256 of public keys (SPKI), base64; any one must be in the chain. Empty = no pin. */
    readonly pins: readonly string[];
  };
  readonly archiveSecretFile: SecretFile;
  /** Secret of the app that may read contacts; absent = no directory, direction is Unknown for strangers. */
  readonly directorySecretFile?: SecretFile;
  readonly privateKeys: readonly { readonly version: number; readonly file: SecretFile }[];
  /** RSA worker threads. */
  readonly decryptWorkers: number;
  /** Messages per pull, 1..990. */
  readonly pageLimit: number;
  /** Pulls a minute, at most 600 (WeCom developer page p/91774). */
  readonly pullsPerMinute: number;
  /** Longest silence between two pulls when nothing comes, ms. */
  readonly pollIntervalMs: number;
  readonly directoryRefreshMs: number;
  readonly media: { readonly enabled: boolean; readonly concurrency: number; readonly maxBytes: number };
  /** Absent = polling only. */
  readonly callback?: {
    readonly port: number;
    readonly tokenFile: SecretFile;
    readonly aesKeyFile: SecretFile;
  };
}

export interface ArchiverConfig {
  /** A segment is closed at this many bytes … */
  readonly segmentBytes: number;
  /** … or at this age, whichever comes first; it bounds how late a message is archived. */
  readonly segmentMaxAgeMs: number;
  /** Stream messages younger than this are never purged, ms. */
  readonly purgeAfterMs: number;
}

export interface ScannerConfig {
  /** Messages per evaluation batch. */
  readonly batchSize: number;
  /** More than one replica reads one consumer per partition, pinned to one replica at a time. */
  readonly partitioned: boolean;
  /** Model servers that policies may ask, by name. Absent: none. */
  readonly models?: readonly ModelServer[];
}

export interface ModelServer {
  readonly name: string;
  readonly url: string;
  /** Longest wait for one answer, ms. */
  readonly timeoutMs: number;
  /** Most texts in one request. */
  readonly batchSize: number;
  /** Sent as a bearer token. */
  readonly tokenFile?: SecretFile;
}

export interface AlertChannel {
  readonly name: string;
  readonly kind: 'Webhook' | 'Alertmanager' | 'WeComRobot';
  /** Webhook and Alertmanager: base URL. WeComRobot: absent, the URL carries the key and is a secret. */
  readonly url?: string;
  readonly urlFile?: SecretFile;
  /** Webhook: key of the HMAC-SHA256 signature. */
  readonly signingKeyFile?: SecretFile;
  /** Whether notices may carry message text. */
  readonly includeContent: boolean;
}

export interface AlertRoute {
  /** A finding of at least this severity takes the route. */
  readonly minSeverity: 'Low' | 'Medium' | 'High' | 'Critical';
  /** Policy names the route is for; empty = all. */
  readonly policies: readonly string[];
  readonly channels: readonly string[];
  readonly groupBy: readonly ('Policy' | 'Rule' | 'Conversation' | 'Sender')[];
  /** How long a new group waits for company before its first notice, ms. */
  readonly groupWaitMs: number;
  /** Least time between two notices of one group, ms: later findings wait and come together. */
  readonly repeatIntervalMs: number;
}

export interface NotifierConfig {
  readonly channels: readonly AlertChannel[];
  readonly routes: readonly AlertRoute[];
}

export interface RoleConfig {
  readonly corpId: string;
  readonly tenant: { readonly namespace: string; readonly name: string };
  readonly timeZone: string;
  readonly nats: {
    readonly url: string;
    readonly credentialsFile?: SecretFile;
    /** Replicas of streams and buckets: 1 or 3. */
    readonly replicas: number;
    /** Size at which a stream refuses more (back-pressure), bytes. */
    readonly maxStreamBytes: number;
  };
  readonly clickhouse: {
    readonly url: string;
    readonly username: string;
    readonly passwordFile?: SecretFile;
    readonly database: string;
    readonly layout: 'single' | 'cluster';
  };
  readonly objects: ObjectsConfig;
  readonly ingest?: IngestConfig;
  readonly archiver?: ArchiverConfig;
  readonly scanner?: ScannerConfig;
  readonly notifier?: NotifierConfig;
}
