/** Whether the server of the page is the one that a view is about. */

import { useEffect, useState } from 'react';

import { useModel } from '../../models/model';
import type { Bond } from '../../widgets/bond';
import type { Surroundings } from '../../widgets/surroundings';

/** `elsewhere`: the page's server has tools, and works with other data. `none`: it has no tools at all. */
export type Reach = 'here' | 'elsewhere' | 'none';

export function useReach(bond: Bond, surroundings: Surroundings): Reach {
  const { events } = surroundings.runner;
  useModel(events);
  const { state } = events;
  const { instance } = bond.state;
  // It is the same nearly always: nothing waits for the answer.
  const [reach, setReach] = useState<Reach>('here');
  useEffect(() => {
    let wanted = true;
    surroundings.instance().then(
      found => {
        if (wanted) {
          setReach(found === null ? 'none' : found === instance || instance === '' ? 'here' : 'elsewhere');
        }
      },
      // Without a connection the parts of the view say so; it is looked again when there is one.
      () => undefined
    );
    return () => void (wanted = false);
  }, [instance, surroundings, state]);
  return reach;
}
