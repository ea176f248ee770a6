/** What the machine itself allows, measured in the same run, and how a table tells it. */
export const LIMITS = {
  get: 'bare HTTPS get',
  post: 'bare HTTPS post',
  list2000: "bare HTTPS, a list's bytes",
  list10000: "bare HTTPS, a list's bytes",
  fanOut: 'bare HTTPS fan-out',
  catchUp: "bare HTTPS, the events' bytes",
  kubectlAndPod: 'kubectl, and bare CRI',
  fiftyPods: 'bare CRI, fifty',
  fiftyLoop: 'an idle process, while bare CRI starts fifty',
  busyGet: 'bare HTTPS, while bare CRI starts fifty',
} as const;

export type LimitName = keyof typeof LIMITS;
