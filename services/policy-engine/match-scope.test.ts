// Which messages a policy judges. What is not known matches; what is excepted must be known.
import { describe, expect, it, test } from 'vitest';
import type { MessageFacts, RecipientFacts, SenderFacts } from './facts.ts';
import { message } from './judging.testkit.ts';
import { compileScope } from './match-scope.ts';
import type { Scope } from './policy-spec.ts';

const sender = (change: Partial<SenderFacts>): Partial<MessageFacts> => ({
  sender: { id: 'zhang', kind: 'Staff', departments: ['Acme/Sales/East'], ...change },
});
const to = (change: Partial<RecipientFacts>): Partial<MessageFacts> => ({
  recipients: {
    ids: ['li'],
    staff: 1,
    external: 0,
    robot: 0,
    unknown: 0,
    departments: ['Acme/Trading'],
    ...change,
  },
});

const CASES: [string, Scope | undefined, Partial<MessageFacts>, boolean][] = [
  ['no scope', undefined, {}, true],
  ['an empty scope', {}, {}, true],
  ['its direction', { direction: ['Outbound'] }, {}, true],
  ['another direction', { direction: ['Inbound', 'Internal'] }, {}, false],
  ['an unknown direction', { direction: ['Inbound'] }, { direction: 'Unknown' }, true],
  ['its kind of conversation', { conversations: ['Direct'] }, {}, true],
  ['another kind of conversation', { conversations: ['Group'] }, {}, false],
  ['its type', { messageTypes: ['text', 'file'] }, {}, true],
  ['another type', { messageTypes: ['file'] }, {}, false],
  ['a type that is not documented', { messageTypes: ['unknown'] }, { messageType: 'unknown' }, true],
  ['all requirements together', { direction: ['Outbound'], conversations: ['Group'] }, {}, false],

  ['a sender of the kind', { senders: { kinds: ['Staff'] } }, {}, true],
  ['a sender of another kind', { senders: { kinds: ['External'] } }, {}, false],
  ['a sender of unknown kind', { senders: { kinds: ['External'] } }, sender({ kind: 'Unknown' }), true],
  ['a sender by id', { senders: { ids: ['zhang'] } }, {}, true],
  ['another sender', { senders: { ids: ['wang'] } }, {}, false],
  ['a sender of the department', { senders: { departments: ['Acme/Sales/East'] } }, {}, true],
  ['a sender of a department below', { senders: { departments: ['Acme/Sales'] } }, {}, true],
  ['a path with a slash at its end', { senders: { departments: ['Acme/Sales/'] } }, {}, true],
  ['a department that only begins alike', { senders: { departments: ['Acme/Sal'] } }, {}, false],
  ['a department above', { senders: { departments: ['Acme/Sales/East/One'] } }, {}, false],
  [
    'one of several departments',
    { senders: { departments: ['Acme/HR'] } },
    sender({ departments: ['Acme/Sales', 'Acme/HR'] }),
    true,
  ],
  ['id or department', { senders: { ids: ['wang'], departments: ['Acme/Sales'] } }, {}, true],
  [
    'staff whose departments are not known',
    { senders: { departments: ['Acme/HR'] } },
    sender({ departments: [] }),
    true,
  ],
  [
    'staff whose departments are not known, by id only',
    { senders: { ids: ['wang'] } },
    sender({ departments: [] }),
    false,
  ],
  [
    'an external sender and a department',
    { senders: { departments: ['Acme/HR'] } },
    sender({ kind: 'External', departments: [] }),
    false,
  ],
  ['an excepted id', { senders: { kinds: ['Staff'], except: { ids: ['zhang'] } } }, {}, false],
  ['an excepted department', { senders: { except: { departments: ['Acme/Sales'] } } }, {}, false],
  [
    'an exception that is not known to be meant',
    { senders: { except: { departments: ['Acme/Sales'] } } },
    sender({ departments: [] }),
    true,
  ],

  ['a recipient of the kind', { recipients: { kinds: ['Staff'] } }, to({}), true],
  [
    'one recipient of the kind among others',
    { recipients: { kinds: ['External'] } },
    to({ external: 1 }),
    true,
  ],
  ['a robot', { recipients: { kinds: ['Robot'] } }, to({ robot: 1 }), true],
  ['no recipient of the kind', { recipients: { kinds: ['External'] } }, to({}), false],
  ['a recipient of unknown kind', { recipients: { kinds: ['External'] } }, to({ unknown: 1 }), true],
  ['a recipient by id', { recipients: { ids: ['li'] } }, to({}), true],
  ['no recipient by id', { recipients: { ids: ['wang'] } }, to({}), false],
  ['a recipient of the department', { recipients: { departments: ['Acme/Trading'] } }, to({}), true],
  ['no recipient of the department', { recipients: { departments: ['Acme/HR'] } }, to({}), false],
  [
    'staff recipients whose departments are not known',
    { recipients: { departments: ['Acme/HR'] } },
    to({ departments: [] }),
    true,
  ],
  [
    'only external recipients and a department',
    { recipients: { departments: ['Acme/HR'] } },
    to({ staff: 0, external: 2, departments: [] }),
    false,
  ],
  ['all recipients excepted by id', { recipients: { except: { ids: ['li'] } } }, to({}), false],
  [
    'one recipient not excepted',
    { recipients: { except: { ids: ['li'] } } },
    to({ ids: ['li', 'wang'] }),
    true,
  ],
  [
    'all recipients of excepted departments',
    { recipients: { except: { departments: ['Acme'] } } },
    to({}),
    false,
  ],
  [
    'an external recipient beside excepted departments',
    { recipients: { except: { departments: ['Acme'] } } },
    to({ external: 1 }),
    true,
  ],
  [
    'a wall between two departments',
    { senders: { departments: ['Acme/Sales'] }, recipients: { departments: ['Acme/Trading'] } },
    to({}),
    true,
  ],
];

describe('a policy judges', () => {
  test.each(CASES)('%s', (_, scope, change, expected) => {
    expect(compileScope(scope)(message('', change))).toBe(expected);
  });
});

it('asks nothing of a message when there is nothing to ask', () => {
  expect(compileScope()(message('', { direction: 'Unknown', messageType: 'unknown' }))).toBe(true);
});
