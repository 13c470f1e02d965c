// A CompliancePolicy's spec as the engine reads it. The schema in crds/compliancepolicies.yaml decides what can stand here,
// and a test holds the two against each other. Defaults may be filled in or absent.
import type { Severity } from '@menshen/contracts/finding';
import type { BurstOptions } from './detectors/burst.ts';
import type { ExprOptions } from './detectors/expr.ts';
import type { ForwardedOptions } from './detectors/forwarded.ts';
import type { KeywordsOptions } from './detectors/keywords.ts';
import type { LanguageOptions } from './detectors/language.ts';
import type { LuresOptions } from './detectors/lures.ts';
import type { ModelOptions } from './detectors/model.ts';
import type { PatternOptions } from './detectors/pattern.ts';
import type { PersonalDataOptions } from './detectors/personal-data.ts';
import type { SecretsOptions } from './detectors/secrets.ts';
import type { SizeOptions } from './detectors/size.ts';
import type { StickerOptions } from './detectors/sticker.ts';
import type { TypeOptions } from './detectors/type.ts';
import type { UrlsOptions } from './detectors/urls.ts';
import type { WorkingHoursOptions } from './detectors/working-hours.ts';
import type { MessageType } from './facts.ts';

export interface PolicySpec {
  readonly description?: string;
  readonly tenants?: TenantSelector;
  readonly mode?: 'Enforce' | 'Shadow';
  readonly severity?: Severity;
  readonly scope?: Scope;
  readonly rules?: readonly Rule[];
  readonly exceptions?: readonly PolicyException[];
  readonly sampling?: { readonly percent: number };
  readonly actions?: readonly { readonly alert: { readonly channels: readonly string[] } }[];
  readonly tests?: readonly PolicyTest[];
}

export interface TenantSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    readonly values?: readonly string[];
  }[];
}

export interface Scope {
  readonly direction?: readonly ('Internal' | 'Inbound' | 'Outbound')[];
  readonly conversations?: readonly ('Direct' | 'Group')[];
  readonly messageTypes?: readonly MessageType[];
  readonly senders?: ScopedParticipants;
  readonly recipients?: ScopedParticipants;
}

export interface Participants {
  readonly ids?: readonly string[];
  readonly departments?: readonly string[];
}

export interface ScopedParticipants extends Participants {
  readonly kinds?: readonly ('Staff' | 'External' | 'Robot')[];
  readonly except?: Participants;
}

export interface Rule {
  readonly name: string;
  readonly description?: string;
  readonly severity?: Severity;
  readonly viewSeverity?: readonly { readonly view: string; readonly severity: Severity }[];
  readonly any?: readonly ConditionSpec[];
  readonly all?: readonly ConditionSpec[];
  readonly not?: readonly ConditionSpec[];
}

/** Exactly one of these. */
export interface ConditionSpec {
  readonly keywords?: KeywordsOptions;
  readonly pattern?: PatternOptions;
  readonly type?: TypeOptions;
  readonly size?: SizeOptions;
  readonly personalData?: PersonalDataOptions;
  readonly secrets?: SecretsOptions;
  readonly urls?: UrlsOptions;
  readonly language?: LanguageOptions;
  readonly lures?: LuresOptions;
  readonly workingHours?: WorkingHoursOptions;
  readonly forwarded?: ForwardedOptions;
  readonly sticker?: StickerOptions;
  readonly burst?: BurstOptions;
  readonly model?: ModelOptions;
  readonly expr?: ExprOptions;
}

export interface PolicyException {
  readonly name: string;
  readonly reason: string;
  /** RFC 3339. */
  readonly expires: string;
  readonly senders?: Participants;
  readonly recipients?: Participants;
  readonly conversationIds?: readonly string[];
  readonly rules?: readonly string[];
}

export interface PolicyTest {
  readonly name: string;
  readonly message: TestMessage;
  readonly expect: { readonly rule?: string; readonly text?: string; readonly none?: boolean };
}

export interface TestMessage {
  readonly text?: string;
  readonly type?: MessageType;
  readonly direction?: 'Internal' | 'Inbound' | 'Outbound' | 'Unknown';
  readonly conversation?: 'Direct' | 'Group';
  readonly conversationId?: string;
  readonly from?: TestParticipant;
  readonly to?: TestParticipant;
  readonly sizeBytes?: number;
  /** MD5 of the sticker it is. */
  readonly sticker?: string;
  /** So many messages has the sender written within any window, this one included. */
  readonly recentMessages?: number;
  /** What model servers say of its text. */
  readonly models?: readonly { readonly server: string; readonly label: string; readonly score: number }[];
  readonly capturedAt?: string;
}

export interface TestParticipant {
  readonly id?: string;
  readonly kind?: 'Staff' | 'External' | 'Robot' | 'Unknown';
  readonly departments?: readonly string[];
}
