/** All negative tests, by the kind of rule that they break. */
import type { KvmExpectation } from '../expectation';
import { OF_FLUSHES } from './flushes';
import { OF_LIFETIMES } from './lifetimes';
import { OF_LISTS } from './lists';
import { OF_LOCKS } from './locks';
import { expectation_of } from './negative_test';

export const NEGATIVE_TESTS: readonly KvmExpectation[] = [...OF_LISTS, ...OF_LOCKS, ...OF_LIFETIMES, ...OF_FLUSHES].map(
  expectation_of,
);
