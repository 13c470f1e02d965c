// Whether a message is one that a policy judges. What is not known matches, so that nothing slips through.
import type { MessageFacts, RecipientFacts, SenderFacts } from './facts.ts';
import { isInDepartments, type KnownParticipants, knowParticipants } from './match-participants.ts';
import type { Scope, ScopedParticipants } from './policy-spec.ts';

export type Predicate = (facts: MessageFacts) => boolean;

/** Compiles a scope; an absent one is every message. */
export function compileScope(scope: Scope = {}): Predicate {
  const directions = setOf(scope.direction);
  const conversations = setOf(scope.conversations);
  const types = setOf(scope.messageTypes);
  const sender = compileSide(scope.senders);
  const recipients = compileSide(scope.recipients);
  return (facts) =>
    (directions === undefined || facts.direction === 'Unknown' || directions.has(facts.direction)) &&
    (conversations === undefined || conversations.has(facts.conversationKind)) &&
    (types === undefined || types.has(facts.messageType)) &&
    (sender === undefined || acceptsSender(sender, facts.sender)) &&
    (recipients === undefined || acceptsRecipients(recipients, facts.recipients));
}

const setOf = (list: readonly string[] | undefined): ReadonlySet<string> | undefined => list && new Set(list);

interface Side {
  readonly kinds: ReadonlySet<string> | undefined;
  /** Undefined when neither ids nor departments are given: anyone. */
  readonly chosen: KnownParticipants | undefined;
  readonly except: KnownParticipants;
}

function compileSide(selector: ScopedParticipants | undefined): Side | undefined {
  if (selector === undefined) return undefined;
  const anyone = selector.ids === undefined && selector.departments === undefined;
  return {
    kinds: setOf(selector.kinds),
    chosen: anyone ? undefined : knowParticipants(selector),
    except: knowParticipants(selector.except),
  };
}

function acceptsSender(side: Side, sender: SenderFacts): boolean {
  if (side.kinds !== undefined && sender.kind !== 'Unknown' && !side.kinds.has(sender.kind)) return false;
  if (side.except.ids.has(sender.id) || isInDepartments(side.except, sender.departments)) return false;
  if (side.chosen === undefined || side.chosen.ids.has(sender.id)) return true;
  return (
    isInDepartments(side.chosen, sender.departments) ||
    (side.chosen.departments.length > 0 && lacksDepartments(sender))
  );
}

/** Whoever belongs to the corporation is in some department; none stamped means that the directory did not know. */
const lacksDepartments = (sender: SenderFacts): boolean =>
  sender.departments.length === 0 && (sender.kind === 'Staff' || sender.kind === 'Unknown');

function acceptsRecipients(side: Side, recipients: RecipientFacts): boolean {
  return hasKind(side, recipients) && hasChosen(side, recipients) && !areAllExcepted(side, recipients);
}

function hasKind({ kinds }: Side, recipients: RecipientFacts): boolean {
  if (kinds === undefined || recipients.unknown > 0) return true;
  return (
    (kinds.has('Staff') && recipients.staff > 0) ||
    (kinds.has('External') && recipients.external > 0) ||
    (kinds.has('Robot') && recipients.robot > 0)
  );
}

function hasChosen({ chosen }: Side, recipients: RecipientFacts): boolean {
  if (chosen === undefined) return true;
  if (recipients.ids.some((id) => chosen.ids.has(id)) || isInDepartments(chosen, recipients.departments))
    return true;
  const notKnown = recipients.unknown > 0 || (recipients.staff > 0 && recipients.departments.length === 0);
  return chosen.departments.length > 0 && notKnown;
}

/** Recipients are stamped in sum, so they are left out together: when each id is excepted, or each is staff of excepted departments. */
function areAllExcepted({ except }: Side, recipients: RecipientFacts): boolean {
  const { ids, departments } = recipients;
  if (ids.length > 0 && ids.every((id) => except.ids.has(id))) return true;
  const onlyStaff = recipients.external + recipients.robot + recipients.unknown === 0;
  return onlyStaff && departments.length > 0 && departments.every((path) => isInDepartments(except, [path]));
}
