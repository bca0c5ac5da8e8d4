import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import type { ApiClient } from '../src/api/client';
import type { Preset } from '../src/api/types';
import type { EventsConnection } from '../src/models/events';
import { PresetsModel } from '../src/models/presets';

vi.mock('@jupyterlab/services', () => ({ ServerConnection: { NetworkError: class extends Error {} } }));

/** Presets of a server whose answers come when the test says so, in any order. */
function slow(): { model: PresetsModel; answers: ((presets: Preset[]) => void)[] } {
  const answers: ((presets: Preset[]) => void)[] = [];
  const client = { presets: () => new Promise<Preset[]>(done => answers.push(done)) };
  const sender = {};
  const events = { presetsChanged: new Signal(sender), gap: new Signal(sender), changed: new Signal(sender) };
  return { model: new PresetsModel('t', client as unknown as ApiClient, events as unknown as EventsConnection), answers };
}

describe('the presets of a tool', () => {
  it('are known to whoever asked, also when a later question overtook theirs', async () => {
    const { model, answers } = slow();
    const found = model.refresh().then(() => model.find('p'));
    void model.refresh();
    const preset = { id: 'p' } as unknown as Preset;
    answers[0]?.([preset]);
    await new Promise(done => setTimeout(done));
    answers[1]?.([preset]);
    expect(await found).toEqual(preset);
  });
});
