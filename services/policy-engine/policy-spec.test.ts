// The engine's own types against the types generated from the CRD: what the API server lets through is what the engine reads.
import type * as crd from '@menshen/crds/types/compliancepolicies';
import { expect, expectTypeOf, test } from 'vitest';
import { detectors } from './detectors/registry.ts';
import type { PolicySpec, Rule, ScopedParticipants, TestMessage } from './policy-spec.ts';

test('whatever the CRD allows, the engine reads, field by field', () => {
  expectTypeOf<crd.CompliancePolicySpec>().toExtend<PolicySpec>();
  expectTypeOf<keyof crd.CompliancePolicySpec>().toEqualTypeOf<keyof PolicySpec>();
  expectTypeOf<keyof crd.Rule>().toEqualTypeOf<keyof Rule>();
  expectTypeOf<keyof crd.ScopedParticipants>().toEqualTypeOf<keyof ScopedParticipants>();
  expectTypeOf<keyof crd.TestMessage>().toEqualTypeOf<keyof TestMessage>();
});

test('every condition of the CRD has a detector', () => {
  const conditions: Record<keyof crd.Condition, true> = {
    keywords: true,
    pattern: true,
    type: true,
    size: true,
    personalData: true,
    secrets: true,
    urls: true,
    language: true,
    lures: true,
    workingHours: true,
    forwarded: true,
    sticker: true,
    burst: true,
    model: true,
    expr: true,
  };
  expect([...detectors.keys()].sort()).toEqual(Object.keys(conditions).sort());
});
