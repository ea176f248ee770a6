import { describe, expect, it } from 'vitest';
import { chosenContainer } from './placed-object.ts';

const named = (...names: string[]) => names.map((name) => ({ name }));
const several = {
  containers: named('a', 'b'),
  initContainers: named('first'),
  ephemeralContainers: named('debug'),
};
const alone = { ...several, containers: named('a') };

describe('chosenContainer', () => {
  const object = (spec: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec,
  });
  const cases: [string, object, unknown, string][] = [
    ['the only one', alone, undefined, 'a'],
    ['the only one for an empty name', alone, '', 'a'],
    ['an init container by its name', alone, 'first', 'first'],
    ['a container for debugging by its name', several, 'debug', 'debug'],
  ];
  it.each(cases)('is %s', (_name, spec, asked, chosen) => {
    expect(chosenContainer(object(spec), asked)).toBe(chosen);
  });

  const refusals: [string, object, unknown, string][] = [
    [
      'several, told in the order in which upstream visits them',
      several,
      undefined,
      'a container name must be specified for pod p, choose one of: [first a b debug]',
    ],
    ['no container', {}, undefined, 'a container name must be specified for pod p'],
    ['an unknown name', several, 'x', 'container x is not valid for pod p'],
  ];
  it.each(refusals)('refuses %s', (_name, spec, asked, message) => {
    expect(() => chosenContainer(object(spec), asked)).toThrow(message);
  });
});
