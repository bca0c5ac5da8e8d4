import { describe, expect, it } from 'vitest';

import { secondsLeft } from '../src/logic/timeLeft';

const at = (done: number, total: number | null, reached: number | null): Parameters<typeof secondsLeft>[0] => ({ done, total, reached, text: '' });

describe('the time that is left', () => {
  it('is what the rest takes at the pace until then, less what has passed since', () => {
    expect(secondsLeft(at(25, 100, 50), 50)).toBe(150);
    expect(secondsLeft(at(25, 100, 50), 60)).toBe(140);
  });

  it('is not said of a progress that stands still: half of it is not always as long as it has taken', () => {
    expect(secondsLeft(at(50, 100, 60), 90)).toBe(30);
    expect(secondsLeft(at(50, 100, 60), 91)).toBeNull();
    expect(secondsLeft(at(50, 100, 60), 3_600)).toBeNull();
  });

  it('gives a few long steps their time', () => {
    expect(secondsLeft(at(1, 4, 1_800), 3_600)).toBe(3_600);
    expect(secondsLeft(at(1, 4, 1_800), 7_300)).toBeNull();
  });

  it('is said neither at the beginning nor at the end, nor without a whole', () => {
    expect(secondsLeft(at(5, 100, 5), 5)).toBeNull();
    expect(secondsLeft(at(100, 100, 5), 5)).toBeNull();
    expect(secondsLeft(at(5, null, 5), 5)).toBeNull();
  });

  it('of a run whose worker tells no time is as of now', () => {
    expect(secondsLeft(at(50, 100, null), 60)).toBe(60);
  });
});
