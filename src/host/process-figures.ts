import { readdirSync } from 'node:fs';
import { DELAY_BOUNDS_SECONDS, type EventLoopDelay } from './event-loop-delay.ts';
import { histogramValues, type MetricFigure, type MetricValue } from './metric-figure.ts';

const one = (value: number): MetricValue[] => [{ value }];

/**
 * What the process knows of itself, under the names that Prometheus' clients have. The library's
 * own set would wake an idle process fifty times a second, for good, to measure its event loop.
 */
export const PROCESS_FIGURES: readonly MetricFigure<EventLoopDelay>[] = [
  {
    name: 'process_cpu_seconds_total',
    help: 'Total user and system CPU time spent in seconds.',
    type: 'counter',
    values() {
      const { user, system } = process.cpuUsage();
      return one((user + system) / 1e6);
    },
  },
  {
    name: 'process_start_time_seconds',
    help: 'Start time of the process since unix epoch in seconds.',
    type: 'gauge',
    values: () => one(Math.round(Date.now() / 1000 - process.uptime())),
  },
  {
    name: 'process_resident_memory_bytes',
    help: 'Resident memory size in bytes.',
    type: 'gauge',
    values: () => one(process.memoryUsage.rss()),
  },
  {
    name: 'process_open_fds',
    help: 'Number of open file descriptors.',
    type: 'gauge',
    values: () => {
      try {
        // The one that reads the folder is not counted.
        return one(readdirSync('/proc/self/fd').length - 1);
      } catch {
        // Only Linux tells.
        return [];
      }
    },
  },
  {
    name: 'nodejs_heap_size_total_bytes',
    help: 'Process heap size from Node.js in bytes.',
    type: 'gauge',
    values: () => one(process.memoryUsage().heapTotal),
  },
  {
    name: 'nodejs_heap_size_used_bytes',
    help: 'Process heap size used from Node.js in bytes.',
    type: 'gauge',
    values: () => one(process.memoryUsage().heapUsed),
  },
  {
    name: 'nodejs_external_memory_bytes',
    help: 'Node.js external memory size in bytes.',
    type: 'gauge',
    values: () => one(process.memoryUsage().external),
  },
  {
    name: 'nodejs_version_info',
    help: 'Node.js version info.',
    type: 'gauge',
    values: () => [{ labels: { version: process.version }, value: 1 }],
  },
  {
    name: 'proa_event_loop_delay_seconds',
    help: 'How late the event loop ran what was due, from a request on for as long as there was work.',
    type: 'histogram',
    values: ({ buckets, secondsSum }) =>
      histogramValues({ bounds: DELAY_BOUNDS_SECONDS, buckets, sum: secondsSum }),
  },
];
