import { expect, test } from 'vitest';

import { Looks } from '../src/logic/looks';

test('who asks while a look is under way is answered by the next one, and all of them by one', async () => {
  const begun: (() => void)[] = [];
  const looks = new Looks(() => new Promise(done => begun.push(done)));
  const told: string[] = [];
  void looks.again().then(() => told.push('first'));
  void looks.again().then(() => told.push('second'));
  void looks.again().then(() => told.push('third'));
  expect(begun.length).toBe(1);
  expect(looks.anotherFollows).toBe(true);
  begun[0]?.();
  await expect.poll(() => begun.length).toBe(2);
  expect(told).toEqual(['first']);
  expect(looks.anotherFollows).toBe(false);
  begun[1]?.();
  await expect.poll(() => told).toEqual(['first', 'second', 'third']);
  expect(begun.length).toBe(2);
});
