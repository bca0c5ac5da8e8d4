/** The script of published pages: everything in it, since there is no Lab around it. */

import path from 'node:path';

const folder = import.meta.dirname;

export default {
  mode: 'production',
  entry: { dashboard: path.join(folder, '../lib/dashboard/index.js') },
  output: {
    path: path.join(folder, '../../jupyter_toolrunner/api/pages/static'),
    filename: '[name].js',
    chunkFilename: '[name].[contenthash].js',
    publicPath: 'auto',
    clean: true
  },
  module: {
    rules: [
      { test: /\.css$/, use: ['style-loader', 'css-loader'], type: 'javascript/auto' },
      { test: /\.(svg|png|woff2?)$/, type: 'asset/inline' },
      { resourceQuery: /^\?source$/, type: 'asset/source' }
    ]
  },
  resolve: {
    alias: { 'toolrunner-catalogue-ru': path.join(folder, '../../jupyter_toolrunner/locale/ru_RU/LC_MESSAGES/jupyter_toolrunner.json') }
  },
  performance: { hints: false }
};
