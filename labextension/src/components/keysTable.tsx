/** All keys, by the place where they work. */

import type { ReactElement } from 'react';

import type { KeyGroups, KeyLine } from '../logic/keys';
import { trans } from '../translation';
import { Notice } from './basics';

export function KeysTable(props: { groups: KeyGroups }): ReactElement {
  const { groups } = props;
  const parts: [string, KeyLine[]][] = [
    [trans.__('Everywhere'), groups.everywhere],
    [trans.__('In a form'), groups.form],
    [trans.__('In the sidebar and on pages'), groups.views],
    [trans.__('In a list that has the focus'), groups.lists]
  ];
  const filled = parts.filter(([, lines]) => lines.length > 0);
  if (filled.length === 0) {
    return <Notice>{trans.__('No keys are set. Lab’s settings give them.')}</Notice>;
  }
  return (
    <>
      {filled.map(([title, lines]) => (
        <section key={title}>
          <h2>{title}</h2>
          <table>
            <tbody>
              {lines.map(line => (
                <tr key={line.command} title={line.caption}>
                  <th scope="row">{line.label}</th>
                  <td>
                    {line.keys.map(keys => (
                      <kbd key={keys}>{keys}</kbd>
                    ))}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ))}
    </>
  );
}
