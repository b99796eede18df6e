/** What is used of the package, whose own types leave most of it out. */
declare module 'lzma-native' {
  const library: {
    readonly CHECK_CRC64: number
    readonly FILTER_LZMA2: string
    readonly MODE_FAST: number
    readonly MODE_NORMAL: number
    readonly MF_HC3: number
    readonly MF_HC4: number
    readonly MF_BT4: number
    readonly Stream: new () => Stream
  }

  /** One coder of liblzma. */
  interface Stream {
    streamDecoder(options: object): void
    streamEncoder(options: {
      readonly check: number
      readonly filters: readonly { readonly id: string; readonly options: Readonly<Record<string, number>> }[]
    }): void
    /** Codes what is given, `null` being the end of it, and calls `bufferHandler` when done. */
    code(bytes: Uint8Array | null, inPool: boolean): void
    /** Gets output, or `null` at its end or with an error, or the number of inputs that were used up. */
    bufferHandler: (output: Uint8Array | null | undefined, used: number | undefined, error: unknown) => void
  }

  export = library
}
