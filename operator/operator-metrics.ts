// What the operator counts beside the runtime's own metrics: how policies stand, and to whose NATS it has a line.
import { Gauge, type Registry } from 'prom-client';
import type { Links } from './messaging/keep-links.ts';
import type { LinkState } from './messaging/tenant-link.ts';
import type { Revision } from './policies/check-revision.ts';

export interface OperatorMetrics {
  policyChecked(policy: string, answer: Revision['kind'] | 'Gone'): void;
  /** States of links are asked for when somebody scrapes. */
  watchLinks(links: Pick<Links, 'all'>): void;
}

const ANSWERS = ['Sound', 'Refused', 'Unknown'] as const satisfies readonly Revision['kind'][];
const STATES = ['Opening', 'Open', 'Unreachable'] as const satisfies readonly LinkState['kind'][];

export function createOperatorMetrics(registry: Registry): OperatorMetrics {
  const answers = new Map<string, Revision['kind']>();
  let links: Pick<Links, 'all'> = { all: () => [] };
  new Gauge({
    name: 'menshen_policies',
    help: 'Policies by what became of their newest revision: Sound, Refused, or Unknown while a lexicon cannot be read.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const state of ANSWERS)
        this.set({ state }, [...answers.values()].filter((answer) => answer === state).length);
    },
  });
  new Gauge({
    name: 'menshen_tenant_links',
    help: 'Connections to the NATS of tenants by state: Opening, Open, Unreachable.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      for (const state of STATES)
        this.set({ state }, links.all().filter((link) => link.state.kind === state).length);
    },
  });
  return {
    policyChecked: (policy, answer) => {
      if (answer === 'Gone') answers.delete(policy);
      else answers.set(policy, answer);
    },
    watchLinks: (given) => {
      links = given;
    },
  };
}
