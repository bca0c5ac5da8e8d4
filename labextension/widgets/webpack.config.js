/** As the extension for Lab, with the texts that Voilà's server does not give. */
const path = require('path');

module.exports = {
  ...require('../webpack.config.js'),
  resolve: {
    alias: {
      'toolrunner-catalogue-ru': path.resolve(__dirname, '../../jupyter_toolrunner/locale/ru_RU/LC_MESSAGES/jupyter_toolrunner.json')
    }
  }
};
