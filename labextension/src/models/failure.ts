/** What a person reads when a call failed. */

import { ApiError, OfflineError } from '../api/client';
import { serverText } from '../serverText';
import { trans } from '../translation';

export interface Failure {
  message: string;
  hint?: string;
  /** Whether the server was not reached, so that it is worth trying again. */
  offline: boolean;
  /** Whether what was asked for is not there. */
  missing: boolean;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof OfflineError) {
    return { message: trans.__('No connection.'), offline: true, missing: false };
  }
  if (error instanceof ApiError) {
    const { message, hint } = error.detail;
    return { message: serverText(message), ...(hint ? { hint: serverText(hint) } : {}), offline: false, missing: error.status === 404 };
  }
  return { message: error instanceof Error ? error.message : String(error), offline: false, missing: false };
}
