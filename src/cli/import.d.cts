/** What an ES module exports. */
export declare function importModule(url: string): Promise<Readonly<Record<string, unknown>>>;
