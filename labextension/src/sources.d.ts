/** A file of a library as its text. */
declare module '*?source' {
  const text: string;
  export default text;
}
