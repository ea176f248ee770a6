import { describe, expect, test } from 'vitest';
import { containerComplaints } from './complaints.ts';

describe('probes', () => {
  const tcp = { tcpSocket: { port: 80 } };
  const P = 'spec.containers[0]';

  test.each<[string, object, string[]]>([
    [
      'no handler',
      { livenessProbe: {} },
      [`${P}.livenessProbe: Required value: must specify a handler type`],
    ],
    [
      'two handlers',
      { livenessProbe: { ...tcp, exec: { command: ['a'] } } },
      [`${P}.livenessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type`],
    ],
    [
      'liveness successThreshold',
      { livenessProbe: { ...tcp, successThreshold: 2 } },
      [`${P}.livenessProbe.successThreshold: Invalid value: 2: must be 1`],
    ],
    [
      'startup successThreshold',
      { startupProbe: { ...tcp, successThreshold: 2 } },
      [`${P}.startupProbe.successThreshold: Invalid value: 2: must be 1`],
    ],
    ['readiness successThreshold', { readinessProbe: { ...tcp, successThreshold: 2 } }, []],
    [
      'negative',
      { readinessProbe: { ...tcp, periodSeconds: -1 } },
      [`${P}.readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to 0`],
    ],
    [
      'grace of readiness',
      { readinessProbe: { ...tcp, terminationGracePeriodSeconds: 5 } },
      [
        `${P}.readinessProbe.terminationGracePeriodSeconds: Invalid value: 5: must not be set for readinessProbes`,
      ],
    ],
    [
      'grace of zero',
      { livenessProbe: { ...tcp, terminationGracePeriodSeconds: 0 } },
      [
        `${P}.livenessProbe.terminationGracePeriodSeconds: Invalid value: 0: must be greater than 0`,
      ],
    ],
    [
      'no command',
      { livenessProbe: { exec: {} } },
      [`${P}.livenessProbe.exec.command: Required value`],
    ],
    [
      'port',
      { livenessProbe: { tcpSocket: { port: 0 } } },
      [
        `${P}.livenessProbe.tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive`,
      ],
    ],
    [
      'named port',
      { livenessProbe: { httpGet: { port: 'http_' } } },
      [
        `${P}.livenessProbe.httpGet.port: Invalid value: "http_": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)`,
      ],
    ],
    [
      'scheme',
      { livenessProbe: { httpGet: { port: 1, scheme: 'ftp' } } },
      [
        `${P}.livenessProbe.httpGet.scheme: Unsupported value: "ftp": supported values: "HTTP", "HTTPS"`,
      ],
    ],
    [
      'header',
      { livenessProbe: { httpGet: { port: 1, httpHeaders: [{ name: 'a b', value: '' }] } } },
      [
        `${P}.livenessProbe.httpGet.httpHeaders: Invalid value: "a b": a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')`,
      ],
    ],
    [
      'grpc port',
      { livenessProbe: { grpc: { port: 70000 } } },
      [
        `${P}.livenessProbe.grpc.port: Invalid value: 70000: must be between 1 and 65535, inclusive`,
      ],
    ],
    [
      'hook',
      { lifecycle: { postStart: {} } },
      [`${P}.lifecycle.postStart: Required value: must specify a handler type`],
    ],
    [
      'sleep too long',
      { lifecycle: { preStop: { sleep: { seconds: 31 } } } },
      [
        `${P}.lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than terminationGracePeriodSeconds (30)`,
      ],
    ],
    ['sleep', { lifecycle: { preStop: { sleep: { seconds: 0 } } } }, []],
  ])('%s', (_, fields, expected) => {
    expect(containerComplaints(fields)).toEqual(expected);
  });
});
