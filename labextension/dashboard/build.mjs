/** `node dashboard/build.mjs`: `@rspack/core` comes with the builder of Lab extensions, its command line does not. */

import { rspack } from '@rspack/core';

import config from './rspack.config.mjs';

rspack(config, (error, stats) => {
  if (error || stats.hasErrors()) {
    console.error(error ?? stats.toString({ colors: false, errors: true }));
    process.exit(1);
  }
  console.log(stats.toString({ preset: 'summary' }));
});
