/** Sentences of the server in the language of the page: those that people meet most, with places for their values. */

import { locale, translateTemplate } from './translation';

export const SERVER_TEXTS: readonly string[] = [
  'The queue does not answer. Runs are accepted and start when it is back.',
  'Runs wait, and no worker of this machine is up.',
  'Waits: no worker has version %1 of %2. No machine with workers has answered of late. Runs that wait for it: %3.',
  'Waits: no worker has version %1 of %2. The tool is not there any more. Runs that wait for it: %3.',
  'Waits: no worker has version %1 of %2. The tool was changed since: cancel this run, and run it again. Runs that wait for it: %3.',
  'Waits: no worker has version %1 of %2. Bring the toolbox up to date on %3. Runs that wait for it: %4.',
  'Waits: no worker has version %1 of %2. No machine with workers has answered of late.',
  'Waits: no worker has version %1 of %2. The tool is not there any more.',
  'Waits: no worker has version %1 of %2. The tool was changed since: cancel this run, and run it again.',
  'Waits: no worker has version %1 of %2. Bring the toolbox up to date on %3.',
  'Only %1 MiB are free below %2.',
  'The data folder %1 cannot be used: %2.',
  '%1 does not exist, so no tools come from it.',
  '%1 is not a folder, so no tools come from it.',
  '%1 may not be read, so no tools come from it.',
  'Nothing can be written below %1: %2. Runs are refused or fail until that is mended; those that wait go on by themselves then.',
  '%1 cannot be written: %2.',
  'Nothing was changed. Free some space, or mend the disk; then try again.',
  'Free some space, then press Retry.',
  'The database does not answer: %1.',
  'The database does not answer: %1',
  'Try again in a moment. A request with an Idempotency-Key can be repeated safely.',
  'The server could not do this; its log has the details.',
  'Look whether it was done before trying again, and report it.',
  'The request has %1 bytes; %2 are accepted.',
  'Put large data into a file, and give its path as the value.',
  'Run #%1 does not wait any more: it is %2.',
  'Nothing was changed. Edit and run again makes a new run of its values.',
  '%1 was changed since version %2, and what it ran then is not kept.',
  '%1 can\'t be run as it was in version %2: %3 is gone, and what it was is not kept.',
  '%1 can\'t be run as it was in version %2: %3 is another one now, and what it was is not kept.',
  'The tool can\'t be run as it was: its files can\'t be put in their places here (%1).',
  'Run again makes a new run of the tool as it is now.',
  'No version %1 of %2 was kept.',
  'Each run shows the version that it had.',
  'Run again makes a new run of it as it is now; this one stays as it was.',
  'A run has %1 tags at most, not %2.',
  'A tag has 1 to %1 characters.',
  'A tag cannot hold %1.',
  'Give two tags instead of one.',
  'A note has %1 characters at most, not %2.',
  'Keep longer texts in a file.',
  'This preset is not there any more.',
  'Its values may be in the last runs.',
  'You have a preset “%1” of this tool already.',
  'Give another name, or replace the one that is there.',
  'There is no artifact %1.',
  'There is no run %1.',
  'The list of runs shows the ones that exist.',
  'Run #%1 ended already: %2.',
  'Nothing was changed.',
  'Run #%1 is %2; only failed and canceled runs can be retried.',
  'Submit it again to run the same values once more.',
  'Version %1 of the tool %2 was never kept.',
  'This upload is not there any more.',
  'What is not used for a week is removed. Upload it again.',
  'Redis does not answer: %1',
  'There is no tool %1',
  'More than one tool is called %1',
  '%1 cannot run: %2',
  'The server was stopped while this ran. Nothing of this attempt was published.',
  'Press Retry to run it again with the same values. The log up to that moment is kept.',
  'The worker stopped answering. Nothing of this attempt was published.',
  'Nothing was added. %1',
  '%1 is a toolbox already: %2.',
  'Nothing in %1 is a tool.',
  'Nothing was added. A tool is a script that is run by itself, or a function with @tool.',
  '%1 was not added here.',
  'The configuration or an installed package brings it; it can be taken out there.',
  'This preset is a file.',
  'Change the file itself, or save it under another name.',
  'This preset is %1\'s.',
  'Save it under a name of your own to change it.',
  'A preset\'s name has 1 to %1 characters, all of them visible.',
  'The server\'s disk is nearly full: %1 MB stay free for runs.',
  'What was sent is kept for a week. Make room, then go on.',
  'A run or a preset uses this file.',
  'It stays as long as they do.',
  'This upload is not whole yet.',
  'Wait for its end, then run.',
  '%1 has %2; a file may have %3.',
  'Put it into a folder of the server, and give its path.',
  '%1 has %2, and the server\'s disk has room for %3.',
  'Make room on the server, then try again.',
  'The file was changed on its way.',
  'Upload it again.',
  'The content of this artifact (%1) is no longer in the store.',
  'Run the tool again to make it anew.',
  'A file of type %1 is not shown as a table.',
  'The file cannot be read as a table: %1',
  'Download it to look at it.',
  'The JSON file is too large to be shown as a table.',
  'The JSON is no list of records, so there is no table to show.',
  'The notebook\'s kernel ended by itself (exit code %1) in cell %2. What it had shown by then was kept.',
  'The notebook\'s kernel was ended by %1 in cell %2. What it had shown by then was kept.',
  'Look at the end of the log. os._exit, a crash in a library and too little memory end a kernel so.',
  'The notebook asks for the kernel %1, which is not installed where the run was made. Installed are: %2.',
  'Install that kernel there, choose another one in the notebook, or name one as kernel: in toolbox.yaml.',
  'The kernel %1 did not come up: %2',
  'The values can\'t be given to this notebook: %1',
  'The notebook can\'t be read: %1',
  'The notebook ended with exit code %1 in cell %2.',
  'A run has nobody to ask. Make what input() asks for a parameter.',
  'papermill cannot read which parameters a notebook in %1 has; it runs with the values in it.'
];

let patterns: [RegExp, string][] | null = null;

/** As it is where the sentence is not known. */
export function serverText(text: string): string {
  if (locale() === 'en') {
    return text;
  }
  patterns ??= SERVER_TEXTS.map(template => [patternOf(template), template]);
  for (const [pattern, template] of patterns) {
    const found = pattern.exec(text);
    if (found) {
      return translateTemplate(template, found.slice(1));
    }
  }
  return text;
}

function patternOf(template: string): RegExp {
  const parts = template.split(/%\d/).map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('([^]*?)')}$`);
}
