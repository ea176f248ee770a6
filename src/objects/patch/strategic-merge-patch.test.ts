import { describe, expect, test } from 'vitest';
import { deepFreeze } from '../meta.ts';
import { type JsonObject, PatchError } from './patch-error.ts';
import { strategicMergePatch } from './strategic-merge-patch.ts';

const DEPLOYMENT = 'io.k8s.api.apps.v1.Deployment';
const META = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
const POD_SPEC = 'io.k8s.api.core.v1.PodSpec';
const CONTAINER = 'io.k8s.api.core.v1.Container';
const SERVICE_SPEC = 'io.k8s.api.core.v1.ServiceSpec';
const NODE_STATUS = 'io.k8s.api.core.v1.NodeStatus';

const named = (...names: string[]) => names.map((name) => ({ name }));

describe('strategicMergePatch', () => {
  const cases: [string, string, JsonObject, JsonObject, JsonObject][] = [
    [
      'maps merge, null removes',
      META,
      { labels: { a: '1', b: '2' } },
      { labels: { b: null, c: '3' } },
      { labels: { a: '1', c: '3' } },
    ],
    [
      'lists merge by key, new items go before those not named',
      POD_SPEC,
      {
        containers: [
          { name: 'a', image: '1' },
          { name: 'b', image: '1' },
        ],
      },
      {
        containers: [
          { name: 'b', image: '2' },
          { name: 'c', image: '3' },
        ],
      },
      {
        containers: [
          { name: 'a', image: '1' },
          { name: 'b', image: '2' },
          { name: 'c', image: '3' },
        ],
      },
    ],
    [
      'a new item of an existing list comes first where nothing says otherwise',
      POD_SPEC,
      { containers: named('a') },
      { containers: named('n') },
      { containers: named('n', 'a') },
    ],
    [
      'other lists are replaced',
      CONTAINER,
      { args: ['a'], envFrom: [{ prefix: 'a' }] },
      { args: ['b'], envFrom: [{ prefix: 'b' }] },
      { args: ['b'], envFrom: [{ prefix: 'b' }] },
    ],
    [
      'numbers are merge keys too; nested fields merge',
      CONTAINER,
      { ports: [{ containerPort: 80, name: 'x' }] },
      { ports: [{ containerPort: 80, protocol: 'TCP' }] },
      { ports: [{ containerPort: 80, name: 'x', protocol: 'TCP' }] },
    ],
    [
      '$patch: delete in a list',
      POD_SPEC,
      { containers: named('a', 'b') },
      { containers: [{ name: 'a', $patch: 'delete' }] },
      { containers: named('b') },
    ],
    [
      '$patch: delete of what is not there leaves nothing behind',
      POD_SPEC,
      {},
      {
        containers: [
          { name: 'a', $patch: 'delete' },
          { name: 'b', image: null },
        ],
      },
      { containers: named('b') },
    ],
    [
      '$patch: replace in a list',
      POD_SPEC,
      { containers: named('a', 'b') },
      { containers: [{ $patch: 'replace' }, { name: 'c' }] },
      { containers: named('c') },
    ],
    [
      '$patch: replace of a map',
      META,
      { labels: { a: '1' } },
      { labels: { $patch: 'replace', b: '2' } },
      { labels: { b: '2' } },
    ],
    [
      '$patch: delete of a map',
      META,
      { labels: { a: '1' } },
      { labels: { $patch: 'delete' } },
      { labels: {} },
    ],
    [
      'primitive lists with merge strategy unite',
      META,
      { finalizers: ['a', 'b'] },
      { finalizers: ['b', 'c'] },
      { finalizers: ['a', 'b', 'c'] },
    ],
    [
      '$deleteFromPrimitiveList',
      META,
      { finalizers: ['a', 'b', 'c'] },
      { '$deleteFromPrimitiveList/finalizers': ['b'] },
      { finalizers: ['a', 'c'] },
    ],
    [
      '$setElementOrder with content',
      POD_SPEC,
      { containers: named('a', 'b', 'server') },
      {
        '$setElementOrder/containers': named('c', 'b', 'a'),
        containers: [{ name: 'c', image: 'i' }],
      },
      { containers: [{ name: 'c', image: 'i' }, { name: 'b' }, { name: 'a' }, { name: 'server' }] },
    ],
    [
      '$setElementOrder alone: the others keep their place before what they stood before',
      POD_SPEC,
      { containers: named('a', 'server', 'b') },
      { '$setElementOrder/containers': named('b', 'a') },
      { containers: named('server', 'b', 'a') },
    ],
    [
      '$setElementOrder of primitives',
      META,
      { finalizers: ['a', 'b'] },
      { '$setElementOrder/finalizers': ['c', 'b', 'a'], finalizers: ['c'] },
      { finalizers: ['c', 'b', 'a'] },
    ],
    [
      'what kubectl apply sends to remove one and change one',
      DEPLOYMENT,
      {
        spec: {
          template: {
            spec: { containers: [{ name: 'a', image: '1', resources: {} }, { name: 'b' }] },
          },
        },
      },
      {
        spec: {
          template: {
            spec: {
              '$setElementOrder/containers': [{ name: 'a' }],
              containers: [
                { name: 'a', image: '2' },
                { name: 'b', $patch: 'delete' },
              ],
            },
          },
        },
      },
      { spec: { template: { spec: { containers: [{ name: 'a', image: '2', resources: {} }] } } } },
    ],
    [
      '$retainKeys drops all else: a volume changes its source',
      POD_SPEC,
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { volumes: [{ $retainKeys: ['name', 'configMap'], name: 'v', configMap: { name: 'c' } }] },
      { volumes: [{ name: 'v', configMap: { name: 'c' } }] },
    ],
    [
      '$retainKeys on a struct',
      DEPLOYMENT,
      { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } },
      { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } },
      { spec: { strategy: { type: 'Recreate' } } },
    ],
    [
      'a volume without directives keeps its old source',
      POD_SPEC,
      { volumes: [{ name: 'v', emptyDir: {} }] },
      { volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }] },
      { volumes: [{ name: 'v', emptyDir: { medium: 'Memory' } }] },
    ],
    [
      'conditions merge by type',
      NODE_STATUS,
      {
        conditions: [
          { type: 'Ready', status: 'False', reason: 'r' },
          { type: 'DiskPressure', status: 'False' },
        ],
      },
      {
        '$setElementOrder/conditions': [{ type: 'Ready' }, { type: 'DiskPressure' }],
        conditions: [{ type: 'Ready', status: 'True' }],
      },
      {
        conditions: [
          { type: 'Ready', status: 'True', reason: 'r' },
          { type: 'DiskPressure', status: 'False' },
        ],
      },
    ],
    [
      'amounts in maps',
      NODE_STATUS,
      { capacity: { cpu: '1' } },
      { capacity: { memory: '1Gi' } },
      { capacity: { cpu: '1', memory: '1Gi' } },
    ],
    [
      'nulls within new parts go',
      DEPLOYMENT,
      {},
      { spec: { paused: null, selector: { matchLabels: { a: 'b' } } } },
      { spec: { selector: { matchLabels: { a: 'b' } } } },
    ],
    ['unknown fields are taken as they are', META, {}, { foo: [{ a: 1 }] }, { foo: [{ a: 1 }] }],
    [
      'an order for a list that is not there does nothing',
      SERVICE_SPEC,
      {},
      { '$setElementOrder/ports': [{ port: 1 }] },
      {},
    ],
  ];
  test.each(cases)('%s', (_, name, target, patch, expected) => {
    const before = JSON.stringify(patch);
    expect(strategicMergePatch(name, deepFreeze(target), deepFreeze(patch))).toEqual(expected);
    expect(JSON.stringify(patch)).toBe(before);
  });

  const bad: [string, string, JsonObject, string][] = [
    [
      'item without its key',
      POD_SPEC,
      { containers: [{ image: 'a' }] },
      'map: {"image":"a"} does not contain declared merge key: name',
    ],
    ['unknown directive', META, { labels: { $patch: 'x' } }, 'unknown patch type found: x'],
    ['list in a list', POD_SPEC, { containers: [[]] }, 'lists of lists are not supported'],
    ['no objects in a keyed list', POD_SPEC, { containers: ['a'] }, 'invalid JSON document'],
    [
      'order that is no list',
      POD_SPEC,
      { '$setElementOrder/containers': {} },
      'invalid patch format of setElementOrder list',
    ],
    [
      'retainKeys that do not fit',
      POD_SPEC,
      { volumes: [{ name: 'v', $retainKeys: ['name'], emptyDir: {} }] },
      "patch content doesn't match retainKeys list",
    ],
    [
      'deletions that are no list',
      META,
      { '$deleteFromPrimitiveList/finalizers': 'a' },
      'invalid patch format of primitive list',
    ],
  ];
  test.each(bad)('refuses: %s', (_, name, patch, words) => {
    expect(() => strategicMergePatch(name, {}, patch)).toThrow(PatchError);
    expect(() => strategicMergePatch(name, {}, patch)).toThrow(words);
  });
});
