/** An answer of the kubelet about itself. An ApiResponse of the API server. */
export interface NodeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: { readonly type: 'bytes'; readonly bytes: Uint8Array };
}

/** What the kubelet tells of itself, by its path: what upstream serves on port 10250. */
export async function nodeEndpoint(
  path: string,
  parts: { summary(): Promise<object> },
): Promise<NodeAnswer> {
  switch (path) {
    case 'healthz':
      return answer(200, 'text/plain; charset=utf-8', 'ok');
    case 'stats/summary':
      return answer(200, 'application/json', JSON.stringify(await parts.summary()));
    default:
      return answer(404, 'text/plain; charset=utf-8', '404 page not found\n');
  }
}

function answer(status: number, contentType: string, text: string): NodeAnswer {
  const bytes = new TextEncoder().encode(text);
  return { status, headers: { 'content-type': contentType }, body: { type: 'bytes', bytes } };
}
