import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { type Figure, type Limits, limitRatio, toMarkdown, verdict } from './figures.ts';

const FOLDER = 'bench/results';

/** What the machine is, and how busy: more load than the run itself makes means others share it. */
export class Report {
  readonly #loadBefore = load();
  readonly #date = new Date().toISOString().slice(0, 10);

  /** Writes the figures as Markdown and as JSON, and answers the Markdown. */
  write(figures: readonly Figure[], limits: Limits): string {
    const machine = `${cpus().length} x ${cpus()[0]?.model}, ${Math.round(totalmem() / 2 ** 30)} GB`;
    const busy = `load ${this.#loadBefore} before and ${load()} after`;
    const about = `${machine}, Node ${process.version}, ${busy}`;
    const text = `# ${this.#date}\n\n${about}\n\n${toMarkdown(figures, limits)}\n`;
    const rows = figures.map((figure) => ({
      ...figure,
      limitValue: figure.limit === undefined ? null : (limits.get(figure.limit) ?? null),
      timesTheLimit: limitRatio(figure, limits),
      met: verdict(figure, limits),
    }));
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(`${FOLDER}/${this.#date}.md`, text);
    const json = JSON.stringify({ date: this.#date, about, figures: rows }, null, 2);
    writeFileSync(`${FOLDER}/${this.#date}.json`, `${json}\n`);
    return text;
  }
}

function load(): string {
  return loadavg()[0]?.toFixed(1) ?? '';
}
