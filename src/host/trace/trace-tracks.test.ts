import { expect, it } from 'vitest';
import { TRACKS_MAX, TraceTracks } from './trace-tracks.ts';

it('gives the lowest free row of a track', () => {
  const tracks = new TraceTracks(() => {});
  const track = { group: 'pods', name: 'a' };
  const [first, second] = [tracks.take(track), tracks.take(track)];
  tracks.release(second);
  tracks.release(first);
  expect(tracks.take(track).tid).toBe(first.tid);
  expect(tracks.take(track).tid).toBe(second.tid);
});

it('bounds the tracks: later ones share', () => {
  const names: unknown[] = [];
  const tracks = new TraceTracks((event) => names.push(event));
  for (let index = 0; index < TRACKS_MAX + 50; index++) {
    tracks.release(tracks.take({ group: 'pods', name: `pod-${index}` }));
  }
  // The group, its tracks, and the one that is shared.
  expect(names).toHaveLength(1 + TRACKS_MAX + 1);
});
