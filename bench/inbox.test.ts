import { describe, expect, it } from 'vitest';
import { Inbox } from './inbox.ts';

function inboxOf(...parts: string[]): Inbox {
  const inbox = new Inbox();
  for (const part of parts) inbox.push(Buffer.from(part));
  return inbox;
}

describe('Inbox', () => {
  it('finds a mark that came in two parts', () => {
    expect(inboxOf('head\r', '\nbody').indexOf(Buffer.from('\r\n'))).toBe(4);
  });

  it('takes what is asked and keeps the rest', () => {
    const inbox = inboxOf('abc', 'def');
    expect(inbox.take(4).toString()).toBe('abcd');
    expect(inbox.length).toBe(2);
    expect(inbox.take(2).toString()).toBe('ef');
    expect(inbox.length).toBe(0);
  });

  it('drops across parts, and tells how many bytes there were', () => {
    const inbox = inboxOf('abc', 'def');
    expect(inbox.drop(4)).toBe(4);
    expect(inbox.take(1).toString()).toBe('e');
    expect(inbox.drop(9)).toBe(1);
    expect(inbox.length).toBe(0);
  });
});
