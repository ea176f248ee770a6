/**
 * Replaces `$(NAME)` by what `lookUp` knows; `$$` stands for `$`; unknown names stay as they are.
 * Upstream's third_party/forked/golang/expansion.
 */
export function expand(text: string, lookUp: (name: string) => string | undefined): string {
  if (!text.includes('$')) return text;
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, next: string, name: string | undefined) => {
    if (next === '$') return '$';
    return lookUp(name ?? '') ?? whole;
  });
}
