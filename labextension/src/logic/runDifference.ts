/** In what two runs of one tool differ: values, version, environment. */

import type { Attempt, Run } from '../api/types';
import { isObject, sameJson } from './json';

/** Something that is not the same; undefined where one of the two has no such thing. */
export interface Difference {
  name: string;
  before: unknown;
  after: unknown;
  /** Whether it is said only that they differ. */
  secret?: boolean;
}

export interface RunDifference {
  params: Difference[];
  /** Whether the tool itself was changed. */
  version: boolean;
  /** Python, platform and the like. */
  environment: Difference[];
  packages: Difference[];
}

export function differenceOf(before: Run, after: Run, secrets: ReadonlySet<string> = new Set()): RunDifference {
  const [one, other] = [environmentOf(before), environmentOf(after)];
  // What an attempt has not told is not different.
  const known = one !== null && other !== null;
  return {
    params: between(before.params, after.params).map(found => (secrets.has(found.name) ? hidden(found.name) : found)),
    version: before.version !== after.version,
    environment: known ? between(plain(one), plain(other)) : [],
    packages: known ? between(packagesOf(one), packagesOf(other)) : []
  };
}

export function isSame(found: RunDifference): boolean {
  return !found.version && found.params.length + found.environment.length + found.packages.length === 0;
}

export type Environment = Record<string, unknown>;

/** What the last attempt ran in. */
export function environmentOf(run: Pick<Run, 'attempts'>): Environment | null {
  return (run.attempts ?? []).map(({ environment }: Attempt) => environment ?? null).filter(found => found !== null).at(-1) ?? null;
}

export function packagesOf(environment: Environment): Record<string, string> {
  const found = environment.packages;
  return isObject(found) ? Object.fromEntries(Object.entries(found).map(([name, version]) => [name, String(version)])) : {};
}

/** All but the packages. */
export function plain(environment: Environment): Environment {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => name !== 'packages'));
}

function hidden(name: string): Difference {
  return { name, before: undefined, after: undefined, secret: true };
}

function between(before: Record<string, unknown>, after: Record<string, unknown>): Difference[] {
  const names = new Set([...Object.keys(after), ...Object.keys(before)]);
  return [...names]
    .filter(name => !sameJson(before[name], after[name]))
    .map(name => ({ name, before: before[name], after: after[name] }));
}
