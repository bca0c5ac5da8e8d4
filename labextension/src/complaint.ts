/** A command that could not do what it was asked for says why. */

import { Notification } from '@jupyterlab/apputils';

import { failureOf } from './models/failure';

export function complain(error: unknown): void {
  const { message, hint } = failureOf(error);
  // Without a time Lab would only count it, in a corner.
  Notification.error([message, hint].filter(Boolean).join(' '), { autoClose: 15_000 });
}
