/**
 * A list: `await` it for one page, or loop over it for all items from that page on. Nothing is sent before. Each page is asked for when
 * the loop gets to it.
 */
export type Listing<Response, Item> = PromiseLike<Response> &
  AsyncIterable<Item> & {
    /** All pages from this one on. */
    pages(): AsyncGenerator<Response, void, undefined>;
  };

/** A page as every list answers. */
type Page = { readonly nextPageToken: string };

/** Makes the listing of what `fetchPage` gives for a page token. `itemsField` holds the items. */
export function list<Response extends object, Item>(
  firstToken: string,
  itemsField: string,
  fetchPage: (pageToken: string) => Promise<object>,
): Listing<Response, Item> {
  async function* pages(): AsyncGenerator<Response, void, undefined> {
    let token = firstToken;
    do {
      const page = await fetchPage(token);
      yield page as Response;
      token = (page as Page).nextPageToken;
    } while (token !== '');
  }
  return {
    // biome-ignore lint/suspicious/noThenProperty: awaited, a listing is its page.
    then: (resolve, reject) => (fetchPage(firstToken) as Promise<Response>).then(resolve, reject),
    pages,
    async *[Symbol.asyncIterator]() {
      for await (const page of pages()) yield* (page as Record<string, Item[]>)[itemsField] ?? [];
    },
  };
}
