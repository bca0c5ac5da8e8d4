/** A file of a library as its text. */
declare module '*?source' {
  const text: string;
  export default text;
}

/** The catalogue of texts in Russian; `widgets/webpack.config.js` knows where it is. */
declare module 'toolrunner-catalogue-ru' {
  const catalogue: { '': { language: string; domain: string; plural_forms: string }; [text: string]: unknown };
  export default catalogue;
}
