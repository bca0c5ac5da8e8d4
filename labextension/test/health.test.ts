import { Signal } from '@lumino/signaling';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { ApiClient } from '../src/api/client';
import type { EventsConnection } from '../src/models/events';
import { HealthModel } from '../src/models/health';

vi.mock('@jupyterlab/services', () => ({ ServerConnection: { NetworkError: class extends Error {} } }));

function healthOf(problems: { said: string[] }): HealthModel {
  const client = { health: () => Promise.resolve({ problems: problems.said }) };
  const events = { changed: new Signal({}), state: 'live' };
  return new HealthModel(client as unknown as ApiClient, events as unknown as EventsConnection);
}

describe('what the server says of its parts', () => {
  beforeEach(() => {
    const kept = new Map<string, string>();
    const sessionStorage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) };
    vi.stubGlobal('window', { sessionStorage, setTimeout, clearTimeout });
    vi.stubGlobal('document', { addEventListener: vi.fn(), removeEventListener: vi.fn() });
  });
  afterEach(() => vi.unstubAllGlobals());

  it('is closed until something else is to be said', async () => {
    const server = { said: ['There is no /mistyped.'] };
    const health = healthOf(server);
    await health.refresh();
    expect(health.open).toEqual(['There is no /mistyped.']);
    health.closeProblems();
    expect(health.open).toEqual([]);
    expect(health.problems).toEqual(['There is no /mistyped.']);
    server.said = ['There is no /mistyped.', 'The queue does not answer.'];
    await health.refresh();
    expect(health.open).toEqual(['The queue does not answer.']);
    health.dispose();
  });

  it('stays closed in this window after a reload, and is said again when it comes back', async () => {
    const server = { said: ['There is no /mistyped.'] };
    const before = healthOf(server);
    await before.refresh();
    before.closeProblems();
    before.dispose();
    const health = healthOf(server);
    await health.refresh();
    expect(health.open).toEqual([]);
    server.said = [];
    await health.refresh();
    server.said = ['There is no /mistyped.'];
    await health.refresh();
    expect(health.open).toEqual(['There is no /mistyped.']);
    health.dispose();
  });
});
