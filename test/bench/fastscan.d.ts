// fastscan brings no types.
declare module 'fastscan' {
  export default class FastScanner {
    constructor(words: readonly string[]);
    search(text: string): [offset: number, word: string][];
  }
}
