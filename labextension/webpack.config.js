/** Libraries that run in a frame of their own come as text, in a bundle that is loaded when one is needed. */
module.exports = {
  module: { rules: [{ resourceQuery: /^\?source$/, type: 'asset/source' }] }
};
