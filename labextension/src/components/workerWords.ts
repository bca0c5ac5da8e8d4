/** What a worker does, in words. */

import type { WorkerView } from '../api/types';
import { trans } from '../translation';

export function workerStateText(worker: Pick<WorkerView, 'state' | 'run'>): string {
  switch (worker.state) {
    case 'busy':
      return trans.__('works');
    case 'idle':
      return trans.__('is free');
    case 'silent':
      return worker.run ? trans.__('does not answer; its run ends soon') : trans.__('does not answer');
    case 'draining':
      return worker.run ? trans.__('ends after its run') : trans.__('ends now');
    case 'stopping':
      return trans.__('is being stopped');
    case 'stopped':
      return trans.__('has ended');
  }
}
